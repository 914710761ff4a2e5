import { sparkVersion } from '../../support/spark-homes.ts';

/** Columns of related types whose values depend on `id`, and the session's settings under which they are asked for. */
export interface ColumnTopic {
  readonly name: string;
  readonly columns: readonly string[];
  readonly settings: readonly string[];
}

/** Which numbers of rows lie between a column's nulls: no two columns' null bits look alike, nor does any byte of them. */
const nullPeriods = [2, 3, 5, 7, 8, 9, 11, 13, 15, 16, 17, 31, 64, 65, 1000];

/** Eight partitions of 5,000 numbers and how many of each are rows. */
const partitionRows = [7, 0, 1000, 1, 2999, 0, 999, 8];

export const topicRows = partitionRows.reduce((sum, rows) => sum + rows, 0);

/** The topic's columns over partitions of uneven sizes; `where` leaves rows out. */
export function topicQuery(topic: ColumnTopic, where = 'true'): string {
  const columns = topic.columns.map((column, index) => {
    const period = nullPeriods[index % nullPeriods.length] ?? 2;
    return `if(pmod(id + ${index}, ${period}) = 0, null, ${column}) as c${index}`;
  });
  const sizes = `array(${partitionRows.join(', ')})`;
  const isRow = `id % 5000 < element_at(${sizes}, int(id div 5000) + 1)`;
  return `select id, ${columns.join(', ')} from range(0, 40000, 1, 8) where ${isRow} and ${where}`;
}

const numbers = [
  'id % 3 = 0',
  'cast(id as tinyint)',
  'cast(id * 7 as smallint)',
  'cast(id * 1000003 as int)',
  'id * 1234567890123456 - 4000000000000000000',
  floating('float', 90, 48),
  floating('double', 640, 320),
  'null',
  'id',
];

const decimals = Array.from({ length: 38 }, (_, index) => decimal(index + 1));

const text = [
  'string(id)',
  "repeat('é😀', int(id % 9))",
  "''",
  String.raw`concat('line\n\t"', id, '\\', '\0')`,
  'repeat(char(97 + id % 26), int(id % 300))',
  'cast(string(id) as binary)',
  'unhex(substring(repeat(hex(id * 40503), 8), 1, int(2 * (id % 20))))',
  'cast(unhex(substring(repeat(hex(id * 40503), 8), 1, int(2 * (id % 5)))) as string)',
  'cast(string(id) as char(7))',
  'cast(string(id) as varchar(9))',
];

const times = [
  'date_from_unix_date(int(id * 97 - 1000000))',
  'date_from_unix_date(int(id * 53000 - 1000000000))',
  'timestamp_micros(id * 1000003 - 5000000000)',
  'timestamp_micros(id * 100000)',
  'timestamp_micros(id * 86399000001 - 1000000000000001)',
  'timestamp_micros(id * 400000000000003 - 8000000000000000000)',
  'cast(timestamp_micros(id * 86399000010 - 1000000000000000) as timestamp_ntz)',
  'cast(timestamp_micros(id * 100000000000003) as timestamp_ntz)',
];

const yearMonth = 'make_ym_interval(int(id % 4000) - 2000, int(id % 12))';
const dayTime =
  'make_dt_interval(int(id % 1000) - 500, int(id % 24), int(id % 60), cast(id * 0.000123 as decimal(18, 6)))';
const dayTimeUnits = ['day', 'hour', 'minute', 'second'];

const intervals = [
  yearMonth,
  `cast(${yearMonth} as interval year)`,
  `cast(${yearMonth} as interval month)`,
  ...dayTimeUnits.map((unit) => `cast(${dayTime} as interval ${unit})`),
  ...dayTimeUnits.flatMap((from, index) =>
    dayTimeUnits.slice(index + 1).map((to) => `cast(${dayTime} as interval ${from} to ${to})`),
  ),
  'make_interval(int(id % 100) - 50, int(id % 12), 0, int(id % 40) - 20, int(id % 30), 0, cast(id * 0.01 as decimal(18, 6)))',
];

const nested = [
  'sequence(id, id + id % 6)',
  "array(string(id), null, '', concat('q\"', id))",
  "map('k', id * 0.5D, concat('z', id), null)",
  "named_struct('a', id, 'b', if(id % 2 = 0, null, string(id)), 'c', id % 3 = 0)",
  "array(named_struct('a', id, 'b', 'x'), if(id % 3 = 0, null, named_struct('a', -id, 'b', string(null))))",
  'map(int(id), array(date_from_unix_date(int(id)), null))',
  "array(map('m', array(struct(id, float(id) / 3))), map())",
  'array(cast(string(id) as binary), unhex(hex(id)))',
  'array(cast(id as decimal(10, 2)) / 7, null)',
  "struct(timestamp_micros(id * 1000003), cast(timestamp_micros(id * 7) as timestamp_ntz), double('nan'))",
  `array(${dayTime}, null)`,
  `map('y', ${yearMonth})`,
  'array_repeat(array(), int(id % 3))',
];

/** Spark Thrift Server has no name for them, so they are compared where it need not name them. */
const newerTypes = [
  `array(parse_json(concat('{"a":', id, ',"b":[1.50,null,"x"]}')), null)`,
  "named_struct('v', parse_json(string(id)), 'n', id)",
  "array(cast(string(id) as string collate UNICODE_CI), '')",
];

export const topics: readonly ColumnTopic[] = [
  { name: 'numbers', columns: numbers, settings: [] },
  { name: 'decimals of every precision', columns: decimals, settings: [] },
  { name: 'text and binary', columns: text, settings: [] },
  { name: 'dates and timestamps', columns: times, settings: [] },
  {
    name: 'dates and timestamps of a zone',
    columns: times,
    settings: ['set spark.sql.session.timeZone=America/St_Johns'],
  },
  { name: 'intervals', columns: intervals, settings: [] },
  { name: 'nested types', columns: nested, settings: [] },
  ...(sparkVersion().startsWith('3.')
    ? []
    : [{ name: 'types of Spark 4', columns: newerTypes, settings: [] }]),
];

/** Every order of magnitude that the type has, among NaN, both infinities and the zero below zero. */
function floating(type: 'float' | 'double', magnitudes: number, smallest: number): string {
  const plain = `concat(id - 20000, 'e', pmod(id * 7, ${magnitudes}) - ${smallest})`;
  const special = "element_at(array('NaN', 'Infinity', '-Infinity', '-0.0'), int(id % 13) + 1)";
  return `cast(if(id % 13 < 4, ${special}, ${plain}) as ${type})`;
}

/** Digits before and after the point, as many as the type holds or fewer. */
function decimal(precision: number): string {
  const scale = (precision * 5) % (precision + 1);
  const whole = `substring(repeat(string(id * 7919 + 1), 10), 1, int(id % ${precision - scale + 1}))`;
  const fraction = `substring(repeat(string(id * 104729 + 3), 13), 1, int(id * 3 % ${scale + 1}))`;
  const sign = "if(id % 2 = 0, '-', '')";
  return `cast(concat(${sign}, ${whole}, '.', ${fraction}) as decimal(${precision}, ${scale}))`;
}
