import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { aggregate } from '../../reports/aggregate.js'
import { LoadError, readRunFolder } from '../../reports/load.js'
import { checkSeals, writeSeals } from '../../reports/seal.js'
import { Sandbox, smallScenario } from '../sim/cli/command.js'

const sandbox = new Sandbox()

/** A run folder as `sim run` leaves it, made once. */
let made: Promise<string> | null = null
async function runFolder(): Promise<string> {
  made ??= (async () => {
    const file = sandbox.write('small.yaml', smallScenario)
    const { code, stderr } = await sandbox.run('run', file, '--out', sandbox.path('whole'))
    assert.is(code, 0, stderr)
    return sandbox.path('whole')
  })()
  return made
}

const readAgain = ['run.json', 'history.jsonl', 'events.jsonl', 'metrics.csv', 'trace.bin']
const all = [...readAgain, 'verdict.json', 'checksums.json']

async function refusalOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
  } catch (error) {
    assert.instance(error, LoadError, String(error))
    return (error as LoadError).message
  }
  return ''
}

/** Damages a file of the folder while `look` runs, then puts it right. */
async function damaged(
  folder: string,
  name: string,
  change: (bytes: Buffer) => Buffer,
  look: () => Promise<void>,
): Promise<void> {
  const path = join(folder, name)
  const before = readFileSync(path)
  writeFileSync(path, change(Buffer.from(before)))
  try {
    await look()
  } finally {
    writeFileSync(path, before)
  }
}

test('seal: a whole folder is read, and what it wrote is all sealed', async () => {
  const folder = await runFolder()
  assert.is(await refusalOf(() => readRunFolder(folder)), '')
  assert.is(await refusalOf(() => aggregate(folder)), '')
  assert.equal(
    all.filter((name) => !readdirSync(folder).includes(name)),
    [],
  )
})

test('seal: every flip and every cut of every file is refused, with file and byte', async () => {
  const folder = await runFolder()
  const place = fc.tuple(fc.constantFrom(...all), fc.double({ min: 0, max: 1, noNaN: true }))
  await fc.assert(
    fc.asyncProperty(place, fc.nat(7), fc.boolean(), async ([name, share], bit, isCut) => {
      const change = (bytes: Buffer): Buffer => {
        const at = Math.min(bytes.length - 1, Math.floor(share * bytes.length))
        if (isCut) return bytes.subarray(0, at)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        return bytes
      }
      await damaged(folder, name, change, async () => {
        for (const read of [readRunFolder, aggregate]) {
          const said = await refusalOf(() => read(folder))
          assert.match(said, `${name}: byte `, `${name} ${String(share)} ${String(bit)}`)
        }
      })
    }),
    { seed: 1, numRuns: 150 },
  )
})

test('seal: the commands refuse a damaged folder with exit 3, and say which byte', async () => {
  const folder = await runFolder()
  for (const [command, name] of [
    ['check', 'history.jsonl'],
    ['report', 'verdict.json'],
    ['replay', 'trace.bin'],
  ] as const) {
    const flip = (bytes: Buffer): Buffer => {
      bytes[40] = (bytes[40] ?? 0) ^ 1
      return bytes
    }
    await damaged(folder, name, flip, async () => {
      const { code, stdout, stderr } = await sandbox.run(command, folder)
      assert.is(code, 3, `${command}: ${stdout}`)
      assert.match(stderr, `${name}: byte 0: damaged`)
      assert.is(stdout, '')
    })
  }
})

test('seal: the commands say which file is gone, also one that they do not read', async () => {
  const folder = await runFolder()
  for (const name of ['trace.bin', 'verdict.json', 'history.jsonl']) {
    const path = join(folder, name)
    const before = readFileSync(path)
    rmSync(path)
    try {
      for (const command of ['check', 'report', 'replay']) {
        const { code, stdout, stderr } = await sandbox.run(command, folder)
        assert.is(code, 3, `${command} without ${name}: ${stdout}`)
        assert.match(stderr, `${name}: no such file, although checksums.json says`)
      }
    } finally {
      writeFileSync(path, before)
    }
  }
})

test('seal: a damaged sweep is not merged', async () => {
  const file = sandbox.write('sweep.yaml', smallScenario)
  const out = sandbox.path('sweep')
  const swept = await sandbox.run('sweep', file, '--seeds', '1..2', '--workers', '1', '--out', out)
  assert.is(swept.code, 0, swept.stderr)
  const text = readFileSync(join(out, 'sweep.json'), 'latin1')
  const change = (): Buffer => Buffer.from(text.replace('"verdict":"ok"', '"verdict":"violation"'))
  await damaged(out, 'sweep.json', change, async () => {
    const { code, stderr } = await sandbox.run('merge', out, '--out', sandbox.path('merged'))
    assert.is(code, 3)
    assert.match(stderr, /sweep\.json: byte \d+: damaged/)
  })
  assert.is((await sandbox.run('merge', out, '--out', sandbox.path('merged'))).code, 0)
})

test('seal: the block that is damaged is named in a long file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'seal-'))
  const path = join(folder, 'history.jsonl')
  const bytes = Buffer.alloc(200_000, 'x')
  writeFileSync(path, bytes)
  await writeSeals(folder)
  assert.is(await refusalOf(() => checkSeals(folder)), '')
  bytes[150_000] = 0
  writeFileSync(path, bytes)
  const said = await refusalOf(() => checkSeals(folder))
  assert.match(said, 'history.jsonl: byte 131072: damaged somewhere up to byte 196607')
  truncateSync(path, 140_000)
  assert.match(await refusalOf(() => checkSeals(folder)), 'byte 140000: damaged: 140000 bytes, but')
  rmSync(folder, { recursive: true })
})

test.after(() => sandbox.remove())
test.run()
