/** `sim kv`: what it prints, where, and how it ends. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Served } from '../../net/api/serve.js'
import { serve } from '../../net/api/serve.js'

const root = resolve(fileURLToPath(import.meta.url), '../../../..').replace(/[\\/]dist$/, '')
const main = join(root, 'dist', 'sim', 'cli', 'main.js')

let served: Served
let folder = ''
test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kv-'))
  served = await serve({ api: { tokens: [{ name: 'w', role: 'write', secret: 'sesame' }] } })
})
test.after(async () => {
  rmSync(folder, { recursive: true })
  await served.close()
})

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function kv(words: readonly string[], { stdin = '', token = 'sesame' } = {}): Promise<Ended> {
  return new Promise((done) => {
    const env = {
      ...process.env,
      NO_COLOR: '1',
      DYNAMO_NODES: served.urls.join(','),
      DYNAMO_TOKEN: token,
    }
    const child = spawn(process.execPath, [main, 'kv', ...words], { env })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('latin1')))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('close', (code) => {
      done({ code, out, err })
    })
    child.stdin.end(stdin)
  })
}

test('kv: put, get, merge of siblings, delete', async () => {
  const put = await kv(['put', 'cart', '["milk"]'])
  assert.is(put.code, 0, put.err)
  assert.match(put.out, /^stored cart at n\d\ncontext \S+\n$/)
  const got = await kv(['get', 'cart'])
  assert.equal([got.code, got.out], [0, '["milk"]\n'])
  await kv(['put', 'cart', 'just text'])
  const both = await kv(['get', 'cart'])
  assert.match(both.err, /2 siblings/)
  assert.equal(both.out.split('\n').sort(), ['', '"just text"', '["milk"]'].sort())
  const context = /^context (\S+)/m.exec(both.err)?.[1] ?? ''
  assert.is((await kv(['put', 'cart', '[]', '--context', context])).code, 0)
  assert.is((await kv(['get', 'cart'])).out, '[]\n')
  const gone = await kv(['delete', 'cart'])
  assert.equal([gone.code, /^deleted cart at n\d\n$/.test(gone.out)], [0, true])
  const absent = await kv(['get', 'cart'])
  assert.equal([absent.code, absent.out], [1, ''])
  assert.match(absent.err, /^not found\n/)
})

test('kv: bytes go in from a file or standard input, and come out as they were', async () => {
  const file = join(folder, 'logo')
  writeFileSync(file, Buffer.from([137, 80, 0, 255, 10]))
  assert.is((await kv(['put', 'logo', '--file', file, '--type', 'image/png'])).code, 0)
  assert.is((await kv(['get', 'logo'])).out, '\x89P\x00\xff\n')
  const typed = JSON.parse((await kv(['get', 'logo', '--json'])).out) as Record<string, unknown>
  assert.equal([typed['content_type'], typed['value']], ['image/png', 'iVAA/wo='])
  const stdin = '{"big": 12345678901234567890}'
  await kv(['put', 'json', '--stdin', '--type', 'application/json'], { stdin })
  assert.is((await kv(['get', 'json'])).out, `${stdin}\n`)
})

test('kv: --json prints one object that says what happened', async () => {
  const put = JSON.parse((await kv(['put', 'j', '1', '--json'])).out) as Record<string, unknown>
  assert.equal([put['key'], put['status']], ['j', 'stored'])
  const got = JSON.parse((await kv(['get', 'j', '--json'])).out) as Record<string, unknown>
  assert.equal([got['found'], got['value'], got['dot']], ['found', 1, put['dot']])
  const refused = await kv([
    'put',
    'j',
    '2',
    '--json',
    '--context',
    String(put['context']),
    '--bucket',
    'no',
  ])
  const why = JSON.parse(refused.out) as Record<string, unknown>
  assert.equal([refused.code, why['outcome'], why['error']], [3, 'rejected', 'no_such_bucket'])
})

test('kv: what is at fault is named, and ends with 3', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['put', 'a', '1', '--file', 'x'], /takes one of/],
    [['put', 'a', '--file', join(folder, 'none')], /cannot be read/],
    [['get', 'a', '--r', 'many'], /a count, quorum or all/],
    [['get', 'a', '--node', 'nowhere'], /URLs such as/],
    [['get', 'a', '--consistency', 'strong'], /consistency/],
    [['txn', 'a', 'b'], /no transactions/],
    [[], /sim kv get KEY, sim kv put KEY VALUE or sim kv delete KEY/],
    [['get'], /./],
    [['steal', 'a'], /./],
  ]
  for (const [words, message] of cases) {
    const { code, err } = await kv(words)
    assert.is(code, 3, words.join(' '))
    assert.match(err, message, words.join(' '))
  }
  const wrong = await kv(['get', 'a'], { token: 'wrong' })
  assert.is(wrong.code, 3)
  assert.match(wrong.err, /unauthorized[^]*\$DYNAMO_TOKEN/)
  assert.not.match(wrong.err, /wrong/)
})

test('kv: nobody there is 1 and nothing has happened; a silent cluster leaves a write unknown, 2', async () => {
  const nobody = await kv(['put', 'a', '1', '--node', 'http://127.0.0.1:9', '--timeout', '500'])
  assert.is(nobody.code, 1)
  assert.match(nobody.err, /rejected connection_refused[^]*--node URL/)
  served.fake.frozen = true
  const silent = await kv(['put', 'a', '1', '--timeout', '300'])
  served.fake.frozen = false
  assert.is(silent.code, 2)
  assert.match(silent.err, /^unknown timeout: it may have happened/)
})

test.run()
