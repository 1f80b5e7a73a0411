/** Histories recorded from real systems, against the verdicts of the tools they came with. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { OK, READ } from '../../../reports/check/history.js'
import type { History } from '../../../reports/check/history.js'
import { checkLinearizable } from '../../../reports/check/linearizable.js'
import type { LinearizableModel } from '../../../reports/check/linearizable.js'
import { checkSessions } from '../../../reports/check/session.js'
import { checkStaleness } from '../../../reports/check/staleness.js'
import { subjectOf } from '../../../reports/check/subject.js'
import type { Finding } from '../../../reports/check/verdict.js'
import { loadHistory } from '../../../reports/load.js'

/** Compiled or not, the data stay where they are. */
const here = fileURLToPath(new URL('.', import.meta.url)).replace(
  /[\\/]dist[\\/]test[\\/]/,
  '/test/',
)
const data = resolve(here, '../../data')

interface Verdict {
  readonly file: string
  readonly model: string
  readonly linearizable: boolean
}

const verdictsOf = <T>(folder: string): readonly T[] =>
  readFileSync(join(data, folder, 'verdicts.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

const models: Readonly<Record<string, LinearizableModel>> = {
  'cas-register': 'cas-register',
  'multi-register': 'multi-register',
  mutex: 'mutex',
  kv: 'kv-append',
}

const judge = (history: History, { model }: Verdict): Finding =>
  checkLinearizable(subjectOf(history), {
    model: models[model] as LinearizableModel,
    // The registers of Knossos' multi-register data begin at 0.
    initial: model === 'multi-register' ? 0 : null,
  })

const compareAll = async (folder: string, least: number): Promise<void> => {
  const verdicts = verdictsOf<Verdict>(folder)
  assert.ok(verdicts.length >= least, `${folder}: only ${String(verdicts.length)} files`)
  for (const verdict of verdicts) {
    const finding = judge(await loadHistory(join(data, folder, verdict.file)), verdict)
    assert.is(finding.verdict, verdict.linearizable ? 'ok' : 'violation', verdict.file)
    assert.is(finding.counterexamples.length > 0, !verdict.linearizable, verdict.file)
  }
}

test('recorded: porcupine, 52 etcd logs and 4 of a key-value service with append, same verdicts', async () => {
  await compareAll('porcupine', 56)
})

test('recorded: Knossos, 60 cas registers, a mutex, several registers, same verdicts', async () => {
  await compareAll('knossos', 62)
})

test('recorded: counterexamples of the etcd logs fit a screen, most have six operations or fewer', async () => {
  const sizes: number[] = []
  for (const verdict of verdictsOf<Verdict>('porcupine')) {
    if (verdict.linearizable || verdict.model !== 'cas-register') continue
    const finding = judge(await loadHistory(join(data, 'porcupine', verdict.file)), verdict)
    const example = finding.counterexamples[0]
    assert.match(example?.explanation ?? '', /process \d+'s (read|cas|write) of/)
    sizes.push(example?.events.length ?? 0)
  }
  sizes.sort((a, b) => a - b)
  assert.ok((sizes.at(-1) ?? 0) <= 32, sizes.join(' '))
  assert.ok((sizes[Math.floor(sizes.length / 2)] ?? 0) <= 12, sizes.join(' '))
})

interface Staleness {
  readonly file: string
  readonly reads: number
  readonly k_staleness_hist: Readonly<Record<string, number>>
  readonly stale_reads: number
  readonly max_t_stale_ms: number
  readonly monotonic_read_violations: number
  readonly reads_of_unwritten: number
}

test('recorded: Cassandra on EC2, versions behind, stale reads and reads that went back', async () => {
  for (const expected of verdictsOf<Staleness>('cassandra-ec2')) {
    const history = await loadHistory(join(data, 'cassandra-ec2', expected.file))
    const subject = subjectOf(history)
    const staleness = checkStaleness(subject, { p99Micros: null })
    const counts = (staleness.series?.['k'] ?? []).map(({ k, reads }) => [String(k), reads])
    assert.equal(Object.fromEntries(counts), expected.k_staleness_hist, expected.file)
    assert.is(staleness.figures['staleReads'], expected.stale_reads)
    assert.is(staleness.figures['maxStaleMicros'], expected.max_t_stale_ms * 1000)
    const monotonic = checkSessions(subject).find(({ check }) => check === 'monotonic_reads')
    assert.is(monotonic?.figures['violations'], expected.monotonic_read_violations)
    assert.is(unwrittenReads(history), expected.reads_of_unwritten)
    assert.is(checkLinearizable(subject, { model: 'register' }).verdict, 'ok')
  }
})

const unwrittenReads = (history: History): number => {
  const written = new Set<number>([0])
  const reads: number[] = []
  for (let each = 0; each < history.size; each++) {
    if (history.kind[each] !== READ) written.add(history.value[each] as number)
    else if (history.outcome[each] === OK) reads.push(history.value[each] as number)
  }
  return reads.filter((value) => !written.has(value)).length
}

test.run()
