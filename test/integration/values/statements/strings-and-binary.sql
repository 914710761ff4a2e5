-- Text in every plane, control characters, lengths around block limits, and bytes that are no text.
select 'é', 'ß', 'ñ', '日本語', 'עברית', '😀', '👩‍👩‍👧', 'e\u0301', '\u200b';
select 'a\nb', 'a\tb', 'a\rb', 'a\\b', 'a\'b', "a\"b", 'a\0b', '\u0001\u001f', char(127), '%_';
select length('😀'), char_length('日本語'), octet_length('日本語'), bit_length('é'), length(X'00ff'), octet_length(X'00ff'), reverse('a😀b'), upper('ß'), lower('İ');
select repeat('a', 0), repeat('ab', 3), repeat('x', 127), repeat('x', 128), repeat('é', 64);
select length(repeat('x', 100000)), repeat('y', 20000), repeat('😀', 5000);
select '' as empty, ' ' as blank, '  lead', 'trail  ', concat('a', ''), concat('a', null), concat_ws(',', 'a', null, 'b'), 'a' || 'b' || 1;
select X'', X'00', X'ff', X'00010203', X'c328', X'f09f9880', unhex('zz'), unhex('0A0b');
select cast(X'c328' as string), cast(X'ff' as string), cast(X'f09f98' as string), cast(X'61ff62' as string), decode(X'c3a9', 'UTF-8'), decode(X'e9', 'ISO-8859-1');
select array(X'00ff', X''), map('k', X'616263'), struct(X'c328'), array(X'61', null);
select base64(X'00ff10'), unbase64('AP8Q'), hex(X'00ff10'), hex('é'), hex(255), unhex('c3a9'), encode('é', 'UTF-16BE'), encode('é', 'UTF-8');
select s from values ('b'), (null), ('a'), (''), ('B'), ('ä'), ('😀'), ('z') as t(s) order by s;
select s, b from values ('a', X'01'), (null, null), ('', X''), ('é', X'c3a9'), (null, X'ff'), ('z', null) as t(s, b);
select id, if(id % 3 = 0, null, repeat('r', int(id))), if(id % 4 = 1, null, cast(repeat('b', int(id)) as binary)) from range(0, 40, 1, 1);
select 'line1
line2', '-- no comment', '/* nor this */', 'semi;colon';
select r'a\nb', R"a\tb", 'a' 'b', "dou""ble";
select substring('日本語', 2, 1), substr('hello', -3), left('hello', 2), right('hello', 2), substring(X'00010203', 2, 2), overlay('abcdef' placing 'ZZ' from 2 for 3);
