/**
 * A million inputs that nobody would send in good faith, to everything of the API that reads what a
 * client wrote: each is taken or refused as data, and nothing stays behind.
 */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseClock } from '../../../net/api/clock.js'
import { jsonProblem, membersOf } from '../../../net/api/json.js'
import { bytesOfKey, decodeKey } from '../../../net/api/key.js'
import { parseParameters } from '../../../net/api/parameter.js'
import { keyPathOf } from '../../../net/api/path.js'
import { ApiProblem } from '../../../net/api/problem.js'
import { checkedContentType, storedBytes, valueMembers, valueOf } from '../../../net/api/value.js'
import { contextOf } from '../../../net/api/write.js'
import { serve, sendRaw, statuses } from './serve.js'

const inputs = 1_000_000
const mutationsPerSample = 100
const secret = new Uint8Array(16).fill(5)
const bounds = {
  replication: { n: 3 },
  defaultTimeoutMicros: 1_000,
  maxTimeoutMicros: 60_000_000,
}

/** Who reads which text; what a reader may throw is an `ApiProblem`, and nothing else. */
const readers: readonly ((text: string) => void)[] = [
  (text) => {
    const key = decodeKey(text)
    if (key !== null) bytesOfKey(key)
  },
  (text) => {
    keyPathOf(`/kv/${text}`, 64)
  },
  (text) => {
    keyPathOf(`/buckets/${text}`, 64)
  },
  (text) => {
    membersOf(`{"value":${text}}`, 32)
  },
  (text) => {
    jsonProblem(text, 32)
  },
  (text) => {
    parseParameters(text, bounds)
  },
  (text) => {
    parseClock(text)
  },
  (text) => {
    checkedContentType(text)
  },
  (text) => {
    contextOf(text, secret)
  },
  (text) => {
    valueOf(text)
    valueMembers(storedBytes(Buffer.from(text, 'latin1'), 'a/b'))
  },
]

const samples = fc.oneof(
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
function mutated(text: string, number: number): string {
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

test('fuzz: a million inputs are taken or refused, and none is thrown out of a reader', () => {
  let read = 0
  const before = process.memoryUsage().heapUsed
  fc.assert(
    fc.property(samples, fc.nat(), (sample, start) => {
      let text = sample.slice(0, 300)
      let number = start
      for (let i = 0; i < mutationsPerSample; i++) {
        number = (Math.imul(number, 1_664_525) + 1_013_904_223) >>> 0
        text = i % 8 === 0 ? sample.slice(0, 300) : mutated(text, number)
        const reader = readers[i % readers.length] as (text: string) => void
        try {
          reader(text)
        } catch (error) {
          if (!(error instanceof ApiProblem)) throw error
        }
        read++
      }
    }),
    { seed: 7, numRuns: inputs / mutationsPerSample },
  )
  assert.is(read, inputs)
  assert.ok(process.memoryUsage().heapUsed - before < 150 * 1024 * 1024)
})

test('fuzz: bent requests over sockets are answered with 4xx or cut, and the next is served', async () => {
  const served = await serve({ limits: { headersMillis: 400, requestMillis: 600 } })
  const whole =
    'PUT /kv/a?w=1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
    'Connection: close\r\nContent-Length: 11\r\n\r\n{"value":1}'
  let number = 7
  for (let round = 0; round < 25; round++) {
    const bent = Array.from({ length: 16 }, () => {
      let text = whole
      for (let i = 0; i < 3; i++) {
        number = (Math.imul(number, 1_664_525) + 1_013_904_223) >>> 0
        text = mutated(text, number)
      }
      return text
    })
    const received = await Promise.all(
      bent.map((text) => sendRaw(served.url, Buffer.from(text, 'latin1'), 100)),
    )
    for (const [i, answer] of received.entries()) {
      const status = statuses(answer)[0] ?? 400
      const good = status === 201 || (status >= 400 && status < 500) || status === 200
      assert.ok(good, `${String(status)} ${JSON.stringify(bent[i])}`)
    }
  }
  assert.equal(statuses(await sendRaw(served.url, whole)), [201])
  assert.is(served.apis[0]?.metrics.open, 0)
  assert.not.ok(
    served.fake
      .door('n1')
      .log(0, 10_000)
      .some(({ event }) => event === 'internal_error'),
  )
  await served.close()
})

test.run()
