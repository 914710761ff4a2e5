-- Results that cross batches, blocks and partitions. The runner fetches them in batches of several sizes.
select id from range(0, 1, 1, 1);
select id from range(0, 999, 1, 1);
select id from range(0, 1000, 1, 1);
select id from range(0, 1001, 1, 1);
select id from range(0, 10000, 1, 3);
select id, id * 2, string(id) from range(0, 12345, 1, 4);
select id, if(id % 7 = 0, null, id), if(id % 11 = 0, null, concat('value ', id)), id % 3 = 0 from range(0, 25000, 1, 3);
select cast(id as int), cast(id as double) / 3, cast(id as decimal(18,4)) / 7, date_add(date'2000-01-01', int(id % 10000)), timestamp_seconds(id * 1000) from range(0, 8000, 1, 2);
select id, repeat(char(97 + int(id % 26)), int(id % 500)) from range(0, 3000, 1, 2);
select id, repeat('é', 3000) from range(0, 400, 1, 2);
select array(id, id + 1), map('k', id), struct(id, string(id)) from range(0, 3000, 1, 2);
select /*+ repartition(5) */ id from range(0, 500, 1, 2) order by id;
select id from range(0, 20, 1, 20) where id in (3, 7, 19);
select id from range(0, 5000, 1, 8) where id % 1000 = 999;
select id from range(0, 100000, 1, 2) limit 2500;
select id from range(0, 100000, 1, 2) order by id desc limit 1500;
select cast(string(id) as binary), cast(repeat('b', int(id % 100)) as binary) from range(0, 2500, 1, 2);
