/**
 * A million inputs that nobody would send in good faith, to everything of the API that reads what a
 * client wrote: each is taken or refused as data, and nothing stays behind.
 */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bear, mutated, readers, samples } from '../../fuzz/http.js'
import { serve, sendRaw, statuses } from './serve.js'

const inputs = 1_000_000
const mutationsPerSample = 100

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
        const reader = readers[i % readers.length] as (typeof readers)[number]
        bear(reader.read, text)
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
