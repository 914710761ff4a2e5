import { AddressList } from '../address-list.ts';
import { entry } from '../entry.ts';
import { list, reading, set, splitList } from '../kinds.ts';
import { KindOf } from '../value-kind.ts';

/** Stands for the name of the user who acts for others. */
export const realUserPlace = '<user>';

const hosts = new KindOf(
  reading((from) => AddressList.parse(splitList(from))),
  'a comma separated list of addresses, networks as 10.0.0.0/8, host names, or * for all',
);

/** Who may act for everybody. */
export const superuserEntries = {
  superusers: entry('torii.impersonation.superusers', set.default(''), {
    doc: 'Users who may act for anybody: services through which many people come. Nobody unless set. `hadoop.proxyuser.<user>.hosts`, where it is set, says from where; else it is from anywhere.',
    setBy: 'server',
  }),
} as const;

/** Who may act for whom, and from where; Hadoop's keys, one family for each user who may. */
export const impersonationEntries = {
  hosts: entry(`hadoop.proxyuser.${realUserPlace}.hosts`, hosts.optional(), {
    doc: 'Addresses from which `<user>` may act for others; none unless set. A name is looked up at each attempt.',
    setBy: 'server',
  }),
  groups: entry(`hadoop.proxyuser.${realUserPlace}.groups`, list.default(''), {
    doc: 'Groups for whose members `<user>` may act; `*` for everybody.',
    setBy: 'server',
  }),
  users: entry(`hadoop.proxyuser.${realUserPlace}.users`, list.default(''), {
    doc: 'Users for whom `<user>` may act, beside the members of the groups; `*` for everybody.',
    setBy: 'server',
  }),
} as const;
