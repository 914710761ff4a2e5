-- Float against double, the special values, and text of every magnitude.
select double('nan'), double('infinity'), double('-infinity'), -0.0D, 0.0D, cast('-0' as double), 1 / double('infinity');
select float('nan'), float('infinity'), float('-infinity'), -0.0F, 0.0F, cast('-0' as float);
select 0.1F, 0.2F, 0.1F + 0.2F, 1.1F, 3.3333333F, 16777216F, 16777217F, 1e10F, 1.17549435E-38F, 1.4E-45F, cast('3.4028235E38' as float), cast('-3.4028235E38' as float);
select 0.1D, 0.2D, 0.1D + 0.2D, 1.1D, 3.3333333333333335D, 9007199254740993D, 1e10D, 2.2250738585072014E-308D, 4.9E-324D, 1.7976931348623157E308D;
select cast(0.1F as double), cast(0.1D as float), cast(16777217 as float), cast(9007199254740993 as double), cast(1e39D as float);
select cast(1e7D as string), cast(1e6D as string), cast(12345678.9D as string), cast(0.001D as string), cast(0.0001D as string), cast(1e-5D as string), cast(100D as string), cast(-0.0D as string);
select cast(1e7F as string), cast(1234567.8F as string), cast(0.0001F as string), cast(double('nan') as string), cast(float('infinity') as string);
select v from values (1.5D), (double('nan')), (null), (double('infinity')), (-0.0D), (0.0D), (double('-infinity')) as t(v) order by v;
select double('nan') = double('nan'), double('nan') > 1e308D, 0.0D = -0.0D, isnan(double('nan')), isnan(null), nanvl(double('nan'), 5D);
select sum(v), avg(v), min(v), max(v), stddev(v) from values (1.5D), (2.5D), (null) as t(v);
select id / 7D, cast(id / 7D as float), sqrt(id - 3D), pow(10D, id * 20) from range(0, 20, 1, 1);
select struct(float('nan'), -0.0F), map('k', double('-infinity')), array(0.1F, 1e10F, 1e-10F, 123456.789F), array(1e7D, 1e-7D, 123456789.123D);
select 5D / 0D, -5D / 0D, 0D / 0D, 5 / 0, 5 % 0, mod(5.5D, 0D);
