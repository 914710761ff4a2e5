-- A null at every position of a batch, for every column layout; lengths around a byte of null bits.
select if(id = 0, null, id) from range(0, 7, 1, 1);
select if(id = 6, null, id) from range(0, 7, 1, 1);
select if(id = 7, null, id) from range(0, 8, 1, 1);
select if(id = 8, null, id) from range(0, 9, 1, 1);
select if(id = 63, null, id) from range(0, 64, 1, 1);
select if(id = 64, null, id) from range(0, 65, 1, 1);
select cast(null as bigint) from range(0, 17, 1, 1);
select if(id % 2 = 0, null, id), if(id % 2 = 1, null, id), if(id % 3 = 0, null, string(id)), if(id % 5 = 0, null, id % 2 = 0) from range(0, 33, 1, 1);
select if(id % 3 = 0, null, cast(id as tinyint)), if(id % 4 = 0, null, cast(id as smallint)), if(id % 5 = 0, null, cast(id as int)), if(id % 6 = 0, null, cast(id as float)), if(id % 7 = 0, null, cast(id as double)) from range(0, 25, 1, 1);
select if(id % 3 = 0, null, date_add(date'2024-01-01', int(id))), if(id % 4 = 0, null, timestamp_seconds(id)), if(id % 5 = 0, null, cast(id as decimal(10,2))), if(id % 6 = 0, null, cast(string(id) as binary)) from range(0, 25, 1, 1);
select if(id % 3 = 0, null, array(id)), if(id % 4 = 0, null, map('k', id)), if(id % 5 = 0, null, struct(id)), if(id % 6 = 0, null, make_dt_interval(int(id))), if(id % 7 = 0, null, make_ym_interval(int(id))) from range(0, 25, 1, 1);
select null, id, null from range(0, 12, 1, 1);
select if(id % 3 = 0, null, id) from range(0, 100, 1, 7) order by id;
select if(id % 2 = 0, null, id), if(id % 2 = 0, null, 's') from range(0, 50, 1, 5) order by id;
select count(*), count(null), count(v), sum(v), max(v) from values (cast(null as int)), (null) as t(v);
select cast(null as boolean), cast(null as tinyint), cast(null as smallint), cast(null as int), cast(null as bigint), cast(null as float), cast(null as double), cast(null as decimal(10,2)), cast(null as string), cast(null as binary), cast(null as date), cast(null as timestamp), cast(null as timestamp_ntz) from range(0, 9, 1, 1);
-- Results without any row keep their columns.
select 1 where false;
select cast(1 as tinyint), 'a', X'00', 1.5, date'2024-01-01', array(1), map('a', 1), struct(1), null, interval '1' day where 1 = 0;
select * from range(0, 0, 1, 1);
select * from (select id, string(id) s from range(10)) where id > 100;
