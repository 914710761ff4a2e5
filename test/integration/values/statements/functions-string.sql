-- Spark's string functions.
select ascii('A'), ascii(''), chr(65), char(256), concat('a', 1, true), elt(2, 'x', 'y'), field from (select 1 as field);
select format_number(12345.678, 2), format_number(0.5, 0), format_string('%d-%s-%05.2f', 1, 'a', 2.5D), printf('%x', 255), initcap('hello wORLD'), instr('abcabc', 'c'), locate('b', 'abcabc', 3), position('c' in 'abc');
select lpad('a', 3, 'xy'), rpad('a', 3, 'xy'), lpad('abc', 2), rpad('abc', 2), ltrim('  a '), rtrim(' a  '), trim('  a  '), trim(both 'x' from 'xxaxx'), trim(leading 'x' from 'xxa'), btrim('xax', 'x');
select replace('abcabc', 'b', 'X'), replace('abc', 'b'), translate('abc', 'abc', '12'), regexp_replace('a1b2', '[0-9]', '#'), regexp_extract('a1b22', '([0-9]+)$', 1), regexp_extract_all('a1b22', '([0-9]+)', 1);
select regexp_like('abc', 'b'), regexp_count('aaa', 'a'), regexp_instr('xay', 'a'), regexp_substr('a1b2', '[0-9]'), rlike('x', 'x');
select split('a,b,,c', ','), split('a1b2', '[0-9]'), split('abc', '', 2), split_part('a.b.c', '.', 2), split_part('a.b.c', '.', -1), substring_index('a.b.c', '.', 2), substring_index('a.b.c', '.', -1);
select soundex('Robert'), levenshtein('kitten', 'sitting'), find_in_set('b', 'a,b,c'), sentences('Hi there. You!'), space(3), startswith('abc', 'a'), endswith('abc', 'c'), contains('abc', 'b');
select ucase('a'), lcase('A'), char_length('abc'), character_length('é'), to_char(1234.5, '9,999.99'), to_number('1,234', '9,999'), to_binary('ff', 'hex'), mask('AbCd-12'), luhn_check('79927398713');
select concat_ws('-', array('a', 'b'), 'c'), array_join(array('a', null, 'b'), ','), array_join(array('a', null), ',', '?'), repeat('=', 5), reverse('abc'), base64('abc'), crc32('abc'), md5('abc'), sha1('abc'), sha2('abc', 256);
select like('abc', 'a_c'), 'a%c' like 'a\\%c', 'abc' like any ('x%', 'a%'), 'abc' like all ('a%', '%c'), 'abc' not like '%z%', 'a_b' like 'a#_b' escape '#';
select s, upper(s), length(s), md5(s) from values ('a'), (null), ('É'), ('') as t(s);
