import { expect, it } from 'vitest';
import { loadGss } from '../../../../src/auth/kerberos/gss-library.ts';

it('a host without Kerberos is told what to install', () => {
  expect(() => loadGss('libnobody-has-this.so.2')).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: "Kerberos needs libnobody-has-this.so.2, which can't be loaded",
      hint: expect.stringContaining('libgssapi-krb5-2 on Debian'),
    }),
  );
});
