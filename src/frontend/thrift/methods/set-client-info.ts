import { reply, sessionOf } from '../method.ts';
import type { ThriftMethod } from '../method.ts';
import { failureStatus, success } from '../status.ts';

/** Drivers tell their application's name; it is taken note of by nobody yet and is no error. */
export const setClientInfo: ThriftMethod = {
  name: 'SetClientInfo',
  answer(request, parts) {
    sessionOf(request, parts);
    return Promise.resolve(reply('SetClientInfo', request, { status: success }));
  },
  failed: (request, error) => reply('SetClientInfo', request, { status: failureStatus(error) }),
};
