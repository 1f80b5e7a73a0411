/**
 * Texts that nobody would send in good faith, for everything of the API that reads what a client
 * wrote: each is taken, or refused as data.
 */
import fc from 'fast-check'
import { parseClock } from '../../net/api/clock.js'
import { jsonProblem, membersOf } from '../../net/api/json.js'
import { bytesOfKey, decodeKey } from '../../net/api/key.js'
import { parseParameters } from '../../net/api/parameter.js'
import { keyPathOf } from '../../net/api/path.js'
import { ApiProblem } from '../../net/api/problem.js'
import { checkedContentType, storedBytes, valueMembers, valueOf } from '../../net/api/value.js'
import { contextOf } from '../../net/api/write.js'

const secret = new Uint8Array(16).fill(5)
const bounds = {
  replication: { n: 3 },
  defaultTimeoutMicros: 1_000,
  maxTimeoutMicros: 60_000_000,
}

interface Reader {
  readonly name: string
  readonly read: (text: string) => void
}

/** Who reads which text; what a reader may throw is an `ApiProblem`, and nothing else. */
export const readers: readonly Reader[] = [
  {
    name: 'HTTP: keys',
    read: (text) => {
      const key = decodeKey(text)
      if (key !== null) bytesOfKey(key)
    },
  },
  {
    name: 'HTTP: paths',
    read: (text) => {
      keyPathOf(`/kv/${text}`, 64)
    },
  },
  {
    name: 'HTTP: paths of buckets',
    read: (text) => {
      keyPathOf(`/buckets/${text}`, 64)
    },
  },
  {
    name: 'HTTP: members of JSON',
    read: (text) => {
      membersOf(`{"value":${text}}`, 32)
    },
  },
  {
    name: 'HTTP: JSON',
    read: (text) => {
      jsonProblem(text, 32)
    },
  },
  {
    name: 'HTTP: parameters',
    read: (text) => {
      parseParameters(text, bounds)
    },
  },
  {
    name: 'HTTP: clocks',
    read: (text) => {
      parseClock(text)
    },
  },
  {
    name: 'HTTP: content types',
    read: (text) => {
      checkedContentType(text)
    },
  },
  {
    name: 'HTTP: contexts',
    read: (text) => {
      contextOf(text, secret)
    },
  },
  {
    name: 'HTTP: values',
    read: (text) => {
      valueOf(text)
      valueMembers(storedBytes(Buffer.from(text, 'latin1'), 'a/b'))
    },
  },
]

export const samples = fc.oneof(
  fc.json(),
  fc.webQueryParameters(),
  fc.base64String(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'a%2Fb%FF?r=1&w=quorum&timeout=2s',
    'n1:0=5,n2:0=7',
    '{"__proto__":[1e9,{"constructor":null}]}',
    'application/json; charset="utf-8"',
    'AePswo0LAgRuMTowAQRuMjowATRXei1T8OKU',
    'default/kv/%00%25',
  ),
)

const odd = '%"\\{}[]:,=&;/?#+ \u0000\u00ff\ud800\udfff\r\n09aAzZ-_.~'

/** One change at a place that the number decides: dropped, doubled, replaced, cut. */
export function mutated(text: string, number: number): string {
  const at = text.length === 0 ? 0 : number % text.length
  const character = odd.charAt((number >>> 8) % odd.length)
  switch ((number >>> 5) % 4) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + character + text.slice(at)
    case 2:
      return text.slice(0, at) + character + text.slice(at + 1)
    default:
      return text.slice(at) + text.slice(0, at)
  }
}

/** Texts tried in one run of a property: drawing a sample costs more than bending it. */
export const textsPerRun = 100

export const textsBorne = (reader: Reader['read']): fc.IProperty<unknown> =>
  fc.property(samples, fc.nat(), (sample, start) => {
    let number = start
    for (let i = 0; i < textsPerRun; i++) {
      number = (Math.imul(number, 1_664_525) + 1_013_904_223) >>> 0
      bear(reader, i % 8 === 0 ? sample.slice(0, 300) : mutated(sample.slice(0, 300), number))
    }
  })

/** What a reader may throw is an `ApiProblem`, and nothing else. */
export function bear(reader: Reader['read'], text: string): void {
  try {
    reader(text)
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error
  }
}
