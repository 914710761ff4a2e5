-- JSON, CSV, XPath, URL, hashing, conditional and session functions.
select get_json_object('{"a":{"b":[1,2]}}', '$.a.b[1]'), get_json_object('{"a":1}', '$.z'), json_array_length('[1,2,3]'), json_object_keys('{"a":1,"b":2}'), schema_of_json('{"a":1,"b":"x"}');
select to_json(named_struct('t', timestamp'2024-01-01 00:00:00', 'd', 1.50)), to_json(array(struct(1))), from_json('[1,2]', 'array<int>'), from_json('{"a":"x"}', 'map<string,string>');
select from_csv('1,a', 'x int, y string'), to_csv(struct(1, 'a,b', null)), schema_of_csv('1,abc');
select xpath('<a><b>1</b><b>2</b></a>', 'a/b/text()'), xpath_int('<a><b>1</b></a>', 'a/b'), xpath_string('<a><b>x</b></a>', 'a/b'), xpath_boolean('<a><b>1</b></a>', 'a/b'), xpath_double('<a>1.5</a>', 'a');
select parse_url('http://u:p@host:80/p/q?k=v#f', 'HOST'), parse_url('http://host/p?k=v', 'QUERY', 'k'), url_encode('a b&c'), url_decode('a+b%26c');
select hash('a', 1), xxhash64('a', 1), crc32('a'), md5(''), sha('a'), sha2('a', 512), hash(null), hash(array(1)), hash(map_keys(map('a', 1)));
select coalesce(null, 1), if(true, 'a', 'b'), ifnull(null, 2), nullif(1, 2), nvl(null, 3), nvl2(null, 1, 2), decode(2, 1, 'a', 2, 'b', 'c'), isnull(null), isnotnull(1), equal_null(null, null);
select current_catalog(), current_database(), current_schema(), input_file_name(), monotonically_increasing_id(), spark_partition_id();
select bit_and(v), bit_or(v), bit_xor(v), bool_and(v > 0), bool_or(v > 2), every(v > 0), some(v > 2), any_value(v) is not null from values (1), (3), (5) as t(v);
select aes_encrypt('a', '0000111122223333', 'ECB'), cast(aes_decrypt(aes_encrypt('a', '0000111122223333'), '0000111122223333') as string);
select assert_true(true), version() is not null, length(uuid()), typeof(user()), to_binary('abc', 'utf-8'), bitmap_bucket_number(123), named_struct('a', 1).a;
select from_json('{"a":1.5,"b":"2024-01-01","c":null}', 'a decimal(5,2), b date, c string'), to_json(named_struct('a', cast(null as int))), to_json(map('k', array(1.5D)));
