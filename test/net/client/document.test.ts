/** What docs/client.md shows runs, and prints what it says. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serve } from '../api/serve.js'

const root = resolve(fileURLToPath(import.meta.url), '../../../..').replace(/[\\/]dist$/, '')
const page = readFileSync(join(root, 'docs', 'client.md'), 'utf8')
const code = [...page.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, text]) => text).join('\n')

test('docs/client.md: the examples run one after the other, and print what they say', async () => {
  const served = await serve()
  const printed: string[] = []
  const log = console.log
  const name = `client-${String(process.pid)}.mjs`
  mkdirSync(join(root, '.tmp'), { recursive: true })
  const file = join(root, '.tmp', name)
  const library = pathToFileURL(join(root, 'dist', 'net', 'client', 'index.js')).href
  writeFileSync(
    file,
    code
      .replaceAll("'dynamo-sim/client'", JSON.stringify(library))
      .replaceAll('http://127.0.0.1:5000', served.url),
  )
  console.log = (...words: unknown[]) => printed.push(words.map(String).join(' '))
  try {
    await import(pathToFileURL(file).href)
  } finally {
    console.log = log
    rmSync(file)
    await served.close()
  }
  const expected = [...code.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, said]) => said)
  assert.ok(expected.length >= 5)
  assert.equal(printed, expected)
})

test('docs/client.md: the package exports what the page imports', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { default: string }>
  }
  assert.is(exports['./client']?.default, './dist/net/client/index.js')
})

test.run()
