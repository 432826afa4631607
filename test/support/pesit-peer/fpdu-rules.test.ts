// The rules that a received FPDU is held to, and the reader that cuts the stream into them.
import { expect, test } from 'vitest'
import { EntityReader } from './entity-reader.ts'
import { faultsOf } from './fpdu-rules.ts'
import { encodeFpdu } from './fpdu.ts'
import { diagnostic, number, octets, text } from './parameters.ts'

const faults = (
  name: Parameters<typeof encodeFpdu>[0]['name'],
  ...content: Parameters<typeof encodeFpdu>[1][]
): string[] => faultsOf(encodeFpdu({ name, destination: 1, octet6: 0 }, content[0]))

test.each([
  ['a PI that is missing', faults('READ', []), 'READ: PI 18 is missing'],
  [
    'a PI out of order',
    faults('IDT', [octets(19, 4), diagnostic('2/216')]),
    'IDT: PI 2 after PI 19',
  ],
  ['a PI twice', faults('READ', [number(18, 1), number(18, 1)]), 'READ: PI 18 twice'],
  ['a PI out of place', faults('WRITE', [text(99, 'x')]), 'WRITE: PI 99 has no place here'],
  ['a PI too long', faults('SYN', [octets(20, 1, 0, 0, 0)]), 'SYN: PI 20 of 4 bytes'],
  [
    'a number with leading zeros',
    faults('SYN', [octets(20, 0, 1)]),
    'SYN: PI 20 has leading zeros',
  ],
  [
    'an octet 6',
    faultsOf(encodeFpdu({ name: 'ORF', destination: 1, octet6: 3 })),
    'ORF: octet 6 is 3',
  ],
  ['a DTF with nothing in it', faults('DTF', Buffer.alloc(0)), 'DTF with no content'],
])('%s is seen', (_what, found, expected) => {
  expect(found).toContain(expected)
})

test.each(['prefix', 'raw'] as const)(
  'entities in %s framing are read alike however the stream is cut',
  (framing) => {
    const first = encodeFpdu({ name: 'CONNECT', destination: 0, octet6: 5 }, [
      text(3, 'A'),
      text(4, 'B'),
    ])
    const second = encodeFpdu({ name: 'SYN', destination: 5, octet6: 0 }, [number(20, 1)])
    const stream = Buffer.concat(
      [first, second].flatMap(({ bytes }) =>
        framing === 'raw' ? [bytes] : [Buffer.from([0, bytes.length]), bytes],
      ),
    )
    for (let at = 1; at < stream.length; at += 1) {
      const reader = new EntityReader('auto', 'first')
      const names: string[] = []
      for (const piece of [stream.subarray(0, at), stream.subarray(at)]) {
        reader.push(piece)
        for (let entity = reader.take(); entity; entity = reader.take())
          names.push(...entity.fpdus.map((fpdu) => fpdu.name))
      }
      expect(names).toEqual(['CONNECT', 'SYN'])
    }
  },
)
