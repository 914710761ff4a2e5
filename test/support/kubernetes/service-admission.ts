import { isFields, type KubeObject } from './objects.ts';

let given = 0;

/** A new service as the server keeps it. Its address leads nowhere unless it is `None`: then its name leads to its pods. */
export function admitService(draft: KubeObject): KubeObject {
  const spec = isFields(draft['spec']) ? draft['spec'] : {};
  given += 1;
  const clusterIP = spec['clusterIP'] ?? `10.96.${(given >> 8) & 255}.${given & 255}`;
  const ports = Array.isArray(spec['ports']) ? spec['ports'] : [];
  return {
    ...draft,
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      ...spec,
      clusterIP,
      clusterIPs: [clusterIP],
      ports: ports.map((port: unknown) =>
        isFields(port) ? { protocol: 'TCP', targetPort: port['port'], ...port } : port,
      ),
    },
    status: { loadBalancer: {} },
  };
}
