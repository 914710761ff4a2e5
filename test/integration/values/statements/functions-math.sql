-- Spark's numeric, bitwise and conversion functions.
select abs(-5), abs(-5.5), abs(-5.5D), sign(-2), signum(2.5), negative(3), positive(-3), pmod(-7, 3), mod(-7, 3), greatest(1, null, 3), least(1, null, 3);
select acos(1), asin(0), atan(0), atan2(0, 1), cos(0), sin(0), tan(0), cosh(0), sinh(0), tanh(0), acosh(1), asinh(0), atanh(0), cot(1), sec(0), csc(1);
select exp(0), exp(1), expm1(0), ln(1), ln(0), ln(-1), log(10), log(2, 8), log10(1000), log1p(0), log2(8), sqrt(2), sqrt(-1), cbrt(27), pow(2, 10), power(2, 0.5), hypot(3, 4);
select ceil(1.5D), ceil(-1.5), ceiling(2), floor(1.5D), floor(-1.5), round(1.5D), round(2.5D), round(-1.5), bround(2.5D), rint(2.5), round(12345, -2), trunc('2024-05-15', 'MM');
select e(), pi(), degrees(pi()), radians(180), factorial(5), factorial(21), factorial(-1), bin(10), bin(-1), hex(-1), conv('ff', 16, 10), conv('-1', 10, 16), conv('zz', 10, 2);
select 5 & 3, 5 | 3, 5 ^ 3, ~0, shiftleft(1, 10), shiftright(-8, 1), shiftrightunsigned(-8, 1), bit_count(255), bit_get(5, 0), getbit(5, 1);
select width_bucket(5, 0, 10, 5), width_bucket(-1, 0, 10, 5), try_add(1, 2), try_add(2147483647, 1), try_divide(1, 0), try_subtract(-2147483648, 1), try_multiply(9223372036854775807L, 2), try_to_number('x', '9');
select 2147483647 + 1, 9223372036854775807L + 1L, -2147483648 - 1, 127Y + 1Y, abs(-2147483648), -(-128Y);
select rand(7) < 1, randn(7) is null, round(rand(42), 6), uniform from (select 3 as uniform);
select sum(id), avg(id), min(id), max(id), stddev_pop(id), stddev_samp(id), var_pop(id), var_samp(id), skewness(id), kurtosis(id) from range(0, 10, 1, 1);
