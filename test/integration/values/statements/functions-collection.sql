-- Arrays, maps, higher-order functions and generators.
select array_append(array(1), 2), array_prepend(array(1), 0), array_compact(array(1, null, 2)), array_contains(array(1, 2), 2), array_contains(array(1, null), 3), array_distinct(array(1, 1, null, null)), array_except(array(1, 2), array(2)), array_insert(array(1, 3), 2, 2), array_intersect(array(1, 2), array(2, 3));
select array_max(array(1, null, 3)), array_min(array(1, null, 3)), array_position(array('a', 'b'), 'b'), array_remove(array(1, 2, 1), 1), array_repeat('x', 3), array_size(array(1, 2)), array_sort(array(3, null, 1)), sort_array(array(3, null, 1), false), array_union(array(1), array(1, 2)), arrays_overlap(array(1), array(1, 2)), arrays_zip(array(1, 2), array('a', 'b'));
select element_at(array(1, 2), -1), element_at(map('a', 1), 'b'), try_element_at(array(1), 5), get(array(1), 3), flatten(array(array(1), array(2, 3))), sequence(1, 5), sequence(5, 1, -2), slice(array(1, 2, 3, 4), 2, 2), shuffle(array(1)), size(array(1, 2)), size(null), cardinality(map('a', 1)), reverse(array(1, 2)), concat(array(1), array(2));
select map_concat(map('a', 1), map('b', 2)), map_contains_key(map('a', 1), 'a'), map_entries(map('a', 1)), map_from_arrays(array('a'), array(1)), map_from_entries(array(struct('a', 1))), map_keys(map('a', 1, 'b', 2)), map_values(map('a', 1, 'b', null)), str_to_map('a:1,b:2'), str_to_map('a=1;b', ';', '=');
select transform(array(1, 2), x -> x + 1), transform(array('a'), (x, i) -> concat(x, i)), filter(array(1, 2, 3), x -> x > 1), exists(array(1, 2), x -> x = 2), forall(array(1, 2), x -> x > 0), aggregate(array(1, 2, 3), 0, (acc, x) -> acc + x), reduce(array(1, 2), 0, (a, x) -> a + x, a -> a * 10), zip_with(array(1), array(2), (x, y) -> x + y), array_sort(array(1, 3, 2), (a, b) -> b - a);
select transform_keys(map('a', 1), (k, v) -> upper(k)), transform_values(map('a', 1), (k, v) -> v + 1), map_filter(map('a', 1, 'b', 2), (k, v) -> v > 1), map_zip_with(map('a', 1), map('a', 2), (k, x, y) -> x + y);
select explode(array(1, 2, null));
select explode(map('a', 1, 'b', null));
select explode_outer(cast(null as array<int>));
select posexplode(array('a', 'b'));
select inline(array(struct(1, 'a'), struct(2, null)));
select stack(2, 1, 'a', 2, 'b');
select json_tuple('{"a":1,"b":"x"}', 'a', 'b', 'c');
select id, col from range(0, 3, 1, 1) lateral view explode(array(id, id * 10)) t as col order by id, col;
select id, k, v from range(0, 2, 1, 1) lateral view outer explode(if(id = 0, map('x', 1), cast(null as map<string, int>))) t as k, v order by id;
select id, pos, x from range(0, 2, 1, 1) lateral view posexplode(array('p', 'q')) t as pos, x order by id, pos;
select t.a, u.b from values (1, array(1, 2)), (2, array()) as t(a, arr), lateral (select explode(t.arr) as b) u order by a, b;
