/** Every outcome of the core is said in HTTP in one way, which docs/api.md tells. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nodeId, actorOf } from '../../../core/index.js'
import type { Outcome, OutcomeCode } from '../../../core/index.js'
import { outcomeLines } from '../../../net/api/outcome.js'
import { problemCodes, ApiProblem } from '../../../net/api/problem.js'
import * as schema from '../../../net/api/schema.js'
import { startApi } from '../../../net/api/server.js'
import { defaultApiOptions } from '../../../net/api/options.js'
import { FakeCluster } from '../fake.js'
import { ask, putJson } from './serve.js'

const root = resolve(fileURLToPath(import.meta.url), '../../../..').replace(/[\\/]dist$/, '')
const codes = Object.keys(outcomeLines) as readonly OutcomeCode[]

/** The rows of the table that begins with this heading, cells trimmed. */
function tableOf(heading: string): readonly (readonly string[])[] {
  const text = readFileSync(join(root, 'docs', 'api.md'), 'utf8')
  const lines = text.slice(text.indexOf(heading)).split('\n')
  const start = lines.findIndex((line) => line.startsWith('|'))
  const rows = lines.slice(start + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

test('outcomes: docs/api.md has the table of the code', () => {
  assert.equal(
    tableOf('## Outcomes'),
    codes.map((code) => {
      const { status, retryAfter, means } = outcomeLines[code]
      return [`\`${code}\``, String(status), retryAfter === null ? '' : String(retryAfter), means]
    }),
  )
})

test('outcomes: docs/api.md names every problem with its status', () => {
  assert.equal(
    tableOf('## Bad requests').map(([code, status]) => [code, status]),
    problemCodes.map((code) => [`\`${code}\``, String(new ApiProblem(code, '').status)]),
  )
})

test('outcomes: every code, refused and unknown, is sent as the table says', async () => {
  const fake = new FakeCluster({ nodes: 1 })
  const door = fake.door('n1')
  let outcome: Outcome = { kind: 'rejected', code: 'timeout', need: 0, got: 0 }
  door.submit = (_, done) => {
    done(outcome)
  }
  const api = await startApi(door, defaultApiOptions, door.write)
  const dot = { actor: actorOf(nodeId('n1'), 0), n: 9 }
  for (const code of codes) {
    outcome = { kind: 'rejected', code, need: 3, got: 1 }
    const refused = await ask(`${api.url}/kv/a`)
    const { status, retryAfter } = outcomeLines[code]
    assert.is(refused.status, status, code)
    assert.is(refused.headers.get('retry-after'), retryAfter === null ? null : String(retryAfter))
    const body = schema.problem.parse(refused.json)
    assert.equal([body.error, body.outcome, body.need, body.got], [code, 'rejected', 3, 1])
    outcome = { kind: 'unknown', code, need: 2, got: 1, dot }
    const unknown = await putJson(`${api.url}/kv/a`, { value: 1 })
    assert.is(unknown.status, 504, code)
    assert.is(unknown.headers.get('retry-after'), null)
    assert.is(unknown.headers.get('x-dot'), 'n1:0=9')
    assert.equal([unknown.json['error'], unknown.json['outcome']], [code, 'unknown'])
  }
  await api.close(100)
  fake.close()
})

test('outcomes: 504 is of what may have happened, and of nothing else', () => {
  assert.ok(codes.every((code) => outcomeLines[code].status !== 504))
})

test.run()
