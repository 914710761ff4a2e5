import type { MetadataArguments, MetadataMethod } from '../../support/hs2-client.ts';

/** One metadata call as some real client makes it. */
export interface MetadataCall {
  readonly method: MetadataMethod;
  readonly args: object;
}

/** What both sides hold while the calls are made. */
export const metadataSetUp: readonly string[] = [
  "create database if not exists meta_one comment 'first'",
  'create database if not exists meta2',
  `create table meta_one.every_type (
     b boolean, t tinyint, s smallint, i int comment 'an int', l bigint, f float, d double, dec decimal(12,3), big decimal(38,18),
     str string comment 'ünï', ch char(7), vch varchar(9), bin binary, dt date, ts timestamp, ntz timestamp_ntz,
     ym interval year to month, ds interval day to second, arr array<int>, m map<string, int>, st struct<x: int, y: string>
   ) using parquet comment 'holds every type'`,
  'create table meta_one.a_b (id int) using parquet',
  'create table meta_one.axb (id int, `Mixed Case` string) using parquet',
  'create table meta2.parts (id int, day string) using parquet partitioned by (day)',
  'create view meta_one.a_view as select i, str from meta_one.every_type',
  "create or replace temporary view session_view as select 1 as one, 'x' as two",
  'create global temporary view shared_view as select 1.50 as price',
];

export const metadataTearDown: readonly string[] = [
  'drop view global_temp.shared_view',
  'drop database meta_one cascade',
  'drop database meta2 cascade',
];

export const metadataCalls: readonly MetadataCall[] = [
  ask('GetTypeInfo', {}),
  ask('GetTableTypes', {}),
  ...[undefined, '', '%', 'meta%', 'meta_', 'meta_one', 'META_ONE', 'no such', 'meta\\_one'].map(
    (schemaName) => ask('GetSchemas', schemaName === undefined ? {} : { schemaName }),
  ),
  ask('GetSchemas', { catalogName: '', schemaName: '%' }),
  ask('GetTables', {}),
  ask('GetTables', { schemaName: '%', tableName: '%' }),
  ask('GetTables', { schemaName: 'meta_one', tableName: '%' }),
  ask('GetTables', { schemaName: 'meta_one', tableName: 'a_b' }),
  ask('GetTables', { schemaName: 'meta_one', tableName: 'A%' }),
  ask('GetTables', { schemaName: 'meta_one', tableName: 'every_type' }),
  ask('GetTables', { schemaName: 'meta_one', tableName: '*' }),
  ask('GetTables', { schemaName: 'meta%', tableName: 'p%' }),
  ask('GetTables', { schemaName: 'meta_one', tableName: 'no such' }),
  ask('GetTables', { schemaName: 'no such', tableName: '%' }),
  ask('GetTables', { schemaName: 'meta_one', tableName: '%', tableTypes: ['TABLE'] }),
  ask('GetTables', { schemaName: 'meta_one', tableName: '%', tableTypes: ['VIEW'] }),
  ask('GetTables', { schemaName: 'meta_one', tableName: '%', tableTypes: ['TABLE', 'VIEW'] }),
  ask('GetTables', { schemaName: 'global_temp', tableName: '%' }),
  ask('GetTables', { schemaName: '%', tableName: 'session_view' }),
  ask('GetColumns', { schemaName: 'meta_one', tableName: 'every_type' }),
  ask('GetColumns', { schemaName: 'meta_one', tableName: 'every_type', columnName: '%' }),
  ask('GetColumns', { schemaName: 'meta_one', tableName: 'every_type', columnName: 'd%' }),
  ask('GetColumns', { schemaName: 'meta_one', tableName: 'every_type', columnName: 'dec' }),
  ask('GetColumns', { schemaName: 'meta_one', tableName: 'axb', columnName: '%' }),
  ask('GetColumns', { schemaName: 'meta_one', tableName: 'a_view', columnName: '%' }),
  ask('GetColumns', { schemaName: 'meta2', tableName: 'parts', columnName: '%' }),
  ask('GetColumns', { schemaName: 'meta%', tableName: '%', columnName: 'id' }),
  ask('GetColumns', { schemaName: 'meta_one', tableName: 'every_type', columnName: 'no such' }),
  ask('GetColumns', { schemaName: 'meta_one', tableName: 'no such', columnName: '%' }),
  ask('GetColumns', { schemaName: 'global_temp', tableName: 'shared_view', columnName: '%' }),
  ask('GetFunctions', { functionName: 'abs' }),
  ask('GetFunctions', { functionName: 'map*' }),
  ask('GetFunctions', { functionName: 'array_%' }),
  ask('GetFunctions', { functionName: '%' }),
  ask('GetFunctions', { functionName: 'no such' }),
];

function ask<M extends MetadataMethod>(method: M, args: MetadataArguments<M>): MetadataCall {
  return { method, args };
}
