import { crc32 } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly content: Buffer;
}

/** 1980-01-01, the first day that a zip can name: the same content makes the same file. */
const dosDate = 0x21;
const utf8Names = 0x800;

/** A zip, and so a jar, of a few small files, none compressed. */
export function zipFile(entries: readonly ZipEntry[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const nameBytes = Buffer.from(name);
    const facts = entryFacts(nameBytes, content);
    const header = Buffer.concat([signature(0x04034b50), facts, nameBytes]);
    local.push(header, content);
    central.push(centralHeader(facts, offset), nameBytes);
    offset += header.length + content.length;
  }
  const directory = Buffer.concat(central);
  return Buffer.concat([...local, directory, endRecord(entries.length, directory.length, offset)]);
}

/** version(2) flags(2) method(2) time(2) date(2) crc(4) compressed(4) size(4) nameLength(2) extraLength(2), little-endian */
function entryFacts(name: Buffer, content: Buffer): Buffer {
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(utf8Names, 2);
  facts.writeUInt16LE(dosDate, 8);
  facts.writeUInt32LE(crc32(content), 10);
  facts.writeUInt32LE(content.length, 14);
  facts.writeUInt32LE(content.length, 18);
  facts.writeUInt16LE(name.length, 22);
  return facts;
}

/** signature(4) madeBy(2) facts(26) commentLength(2) disk(2) attributes(2 + 4) offset(4) */
function centralHeader(facts: Buffer, offset: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([signature(0x02014b50), facts.subarray(0, 2), facts, rest]);
}

/** signature(4) disks(2 + 2) entries here(2) entries(2) directory size(4) offset(4) commentLength(2) */
function endRecord(entries: number, directoryBytes: number, offset: number): Buffer {
  const record = Buffer.alloc(18);
  record.writeUInt16LE(entries, 4);
  record.writeUInt16LE(entries, 6);
  record.writeUInt32LE(directoryBytes, 8);
  record.writeUInt32LE(offset, 12);
  return Buffer.concat([signature(0x06054b50), record]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
