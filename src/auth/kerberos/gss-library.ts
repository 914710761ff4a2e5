import koffi from 'koffi';
import type { KoffiFunc } from 'koffi';
import { GatewayError } from '../../core/errors.ts';

/** An address in native memory. */
export type Address = bigint;

/** Where a native function puts a value: its one element. */
export type Slot<T> = [T];

/** `gss_buffer_desc`: bytes of ours on their way in, native memory on its way out. */
export interface NativeBuffer {
  length: number;
  value: Buffer | Address | null;
}

/** What fills a `gss_buffer_desc` on its way out. */
export const emptyBuffer = (): NativeBuffer => ({ length: 0, value: null });

type Handle = Slot<Address | null>;
type Minor = Slot<number>;
type Taken = Readonly<NativeBuffer>;

interface KeyValues {
  readonly count: number;
  readonly elements: readonly { readonly key: string; readonly value: string }[];
}

/** The functions of GSSAPI that we call. Each gives its major status; buffers, names and handles it makes are ours to release. */
export interface GssLibrary {
  readonly importName: KoffiFunc<
    (minor: Minor, text: Taken, type: Address, name: Handle) => number
  >;
  readonly displayName: KoffiFunc<
    (minor: Minor, name: Address | null, text: NativeBuffer, type: null) => number
  >;
  readonly acquireCredential: KoffiFunc<
    (
      minor: Minor,
      name: Address | null,
      seconds: number,
      mechanisms: Address,
      usage: number,
      store: KeyValues,
      credential: Handle,
      taken: null,
      lifetime: null,
    ) => number
  >;
  readonly accept: KoffiFunc<
    (
      minor: Minor,
      context: Handle,
      credential: Address | null,
      token: Taken,
      bindings: null,
      client: Handle,
      mechanism: null,
      answer: NativeBuffer,
      flags: Slot<number>,
      seconds: null,
      delegated: null,
    ) => number
  >;
  readonly wrap: KoffiFunc<
    (
      minor: Minor,
      context: Address | null,
      isConfidential: number,
      quality: number,
      message: Taken,
      wasEncrypted: Slot<number>,
      token: NativeBuffer,
    ) => number
  >;
  readonly unwrap: KoffiFunc<
    (
      minor: Minor,
      context: Address | null,
      token: Taken,
      message: NativeBuffer,
      wasEncrypted: Slot<number>,
      quality: null,
    ) => number
  >;
  readonly wrapSizeLimit: KoffiFunc<
    (
      minor: Minor,
      context: Address | null,
      isConfidential: number,
      quality: number,
      tokenBytes: number,
      messageBytes: Slot<number>,
    ) => number
  >;
  readonly displayStatus: KoffiFunc<
    (
      minor: Minor,
      status: number,
      kind: number,
      mechanism: null,
      next: Slot<number>,
      text: NativeBuffer,
    ) => number
  >;
  readonly releaseBuffer: KoffiFunc<(minor: Minor, buffer: NativeBuffer) => number>;
  readonly releaseName: KoffiFunc<(minor: Minor, name: Handle) => number>;
  readonly releaseCredential: KoffiFunc<(minor: Minor, credential: Handle) => number>;
  readonly deleteContext: KoffiFunc<(minor: Minor, context: Handle, token: null) => number>;
  /** Copies what a native buffer holds. */
  bytesOf(buffer: NativeBuffer): Buffer;
  /** The type of names written as `service/host@REALM`. */
  readonly principalName: Address;
  /** `gss_OID_set` of what is taken: Kerberos alone, or SPNEGO, too. */
  mechanisms(which: Mechanisms): Address;
}

/** `kerberos`: its own tokens alone, as SASL has them. `negotiate`: those of SPNEGO, too, as HTTP has them. */
export type Mechanisms = 'kerberos' | 'negotiate';

/** Native code of a call off the event loop runs on a stack of this size. */
const stackBytes = 512 * 1024;

/** Object identifiers as they are encoded, without tag and length. */
const oids = {
  kerberos: '2a864886f712010202',
  negotiate: '2b0601050502',
  principalName: '2a864886f71201020201',
} as const;

/** Loads the system's MIT Kerberos; throws CONFIG_INVALID where it isn't there. */
export function loadGss(file = 'libgssapi_krb5.so.2'): GssLibrary {
  // It counts for the whole process, and can't be changed once a library is there.
  if (koffi.config().async_stack_size !== stackBytes)
    koffi.config({ async_stack_size: stackBytes });
  const library = loadLibrary(file);
  const oidType = koffi.struct({ length: 'uint32_t', elements: 'void *' });
  const oidSetType = koffi.struct({ count: 'size_t', elements: 'void *' });
  const buffer = koffi.struct({ length: 'size_t', value: 'void *' });
  const keyValue = koffi.struct({ key: 'const char *', value: 'const char *' });
  const keyValues = koffi.struct({ count: 'uint32_t', elements: koffi.pointer(keyValue) });
  const taken = koffi.pointer(buffer);
  const given = koffi.out(taken);
  const number = koffi.out(koffi.pointer('uint32_t'));
  const handle = koffi.inout(koffi.pointer('void *'));
  const call = (name: string, ...args: readonly Parameters<typeof koffi.alloc>[0][]): never =>
    library.func(`gss_${name}`, 'uint32_t', [number, ...args]) as never; // typed by the interface above

  // The C library's, which comes with any other. A view of native memory would leave work to the garbage collector.
  const copy = library.func('memcpy', 'void *', ['void *', 'void *', 'size_t']);

  /** Native memory that points to it is good as long as it is held here. */
  const held: Buffer[] = [];
  const hold = (bytes: Buffer): Address => {
    held.push(bytes);
    return koffi.address(bytes);
  };
  const oid = (hex: string): Buffer => {
    const elements = Buffer.from(hex, 'hex');
    const encoded = Buffer.alloc(koffi.sizeof(oidType));
    koffi.encode(encoded, oidType, { length: elements.length, elements: hold(elements) });
    return encoded;
  };
  const oidSet = (...members: readonly string[]): Address => {
    const elements = hold(Buffer.concat(members.map(oid)));
    const encoded = Buffer.alloc(koffi.sizeof(oidSetType));
    koffi.encode(encoded, oidSetType, { count: members.length, elements });
    return hold(encoded);
  };
  const sets = {
    kerberos: oidSet(oids.kerberos),
    negotiate: oidSet(oids.kerberos, oids.negotiate),
  };
  return {
    importName: call('import_name', taken, 'void *', handle),
    displayName: call('display_name', 'void *', given, 'void *'),
    acquireCredential: call(
      'acquire_cred_from',
      'void *',
      'uint32_t',
      'void *',
      'int',
      koffi.pointer(keyValues),
      handle,
      'void *',
      'void *',
    ),
    accept: call(
      'accept_sec_context',
      handle,
      'void *',
      taken,
      'void *',
      handle,
      'void *',
      given,
      number,
      'void *',
      'void *',
    ),
    wrap: call('wrap', 'void *', 'int', 'uint32_t', taken, number, given),
    unwrap: call('unwrap', 'void *', taken, given, number, 'void *'),
    wrapSizeLimit: call('wrap_size_limit', 'void *', 'int', 'uint32_t', 'uint32_t', number),
    displayStatus: call(
      'display_status',
      'uint32_t',
      'int',
      'void *',
      koffi.inout(koffi.pointer('uint32_t')),
      given,
    ),
    releaseBuffer: call('release_buffer', koffi.inout(taken)),
    releaseName: call('release_name', handle),
    releaseCredential: call('release_cred', handle),
    deleteContext: call('delete_sec_context', handle, 'void *'),
    bytesOf: ({ length, value }) => {
      const bytes = Buffer.allocUnsafe(value === null ? 0 : length);
      if (bytes.length > 0) copy(bytes, value, length);
      return bytes;
    },
    principalName: hold(oid(oids.principalName)),
    mechanisms: (which) => sets[which],
  };
}

function loadLibrary(file: string): ReturnType<typeof koffi.load> {
  try {
    return koffi.load(file);
  } catch (cause) {
    throw new GatewayError('CONFIG_INVALID', `Kerberos needs ${file}, which can't be loaded`, {
      hint: "Install the system's MIT Kerberos: libgssapi-krb5-2 on Debian and Ubuntu, krb5-libs on Red Hat and its kin.",
      cause,
    });
  }
}
