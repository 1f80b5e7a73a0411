import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { aggregate } from '../../reports/aggregate.js'
import type { RunData } from '../../reports/aggregate.js'
import { comparePage } from '../../reports/compare.js'
import { reportPage, writeReports } from '../../reports/html.js'
import { story } from '../../reports/page/story.js'
import { freshFolder } from './folder.js'
import { defaults, writeSyntheticRun } from './synthetic.js'
import type { SyntheticOptions } from './synthetic-options.js'

const whole = { seconds: 50, clients: 2, thinkMicros: 30_000 }

function runFolder(changes: Partial<SyntheticOptions> = {}): string {
  const folder = freshFolder()
  writeSyntheticRun(folder, { ...whole, ...changes })
  return folder
}

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

const hash = (text: string): string => createHash('sha256').update(text).digest('base64')

const between = (page: string, pattern: RegExp): string => pattern.exec(page)?.[1] ?? ''

test('report: three files, the page under three megabytes', async () => {
  const folder = runFolder({ violation: true })
  const paths = await writeReports(folder)
  assert.equal(paths, {
    operations: join(folder, 'operations.csv'),
    summary: join(folder, 'summary.csv'),
    report: join(folder, 'report.html'),
  })
  assert.ok(statSync(paths.report).size < 3_000_000)
  assert.match(readFileSync(paths.summary, 'utf8'), /^availability,0\.9/m)
})

test('report: a damaged history leaves the earlier reports as they were', async () => {
  const folder = runFolder()
  const paths = await writeReports(folder)
  const before = readFileSync(paths.operations, 'utf8')
  const history = join(folder, 'history.jsonl')
  writeFileSync(history, `${readFileSync(history, 'utf8')}{"type":`)
  try {
    await writeReports(folder)
    assert.unreachable('the last line is cut short')
  } catch (error) {
    assert.match((error as Error).message, /history\.jsonl:\d+: not JSON/)
  }
  assert.is(readFileSync(paths.operations, 'utf8'), before)
  assert.not(readdirSync(folder).some((name) => name.endsWith('.part')))
})

test('report: the policy allows exactly the style and the script that are there', async () => {
  const page = await reportPage(await aggregate(runFolder()))
  const policy = between(page, /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/)
  const style = between(page, /<style>([^]*?)<\/style>/)
  const script = between(page, /<script>([^]*?)<\/script>/)
  assert.ok(policy.includes('default-src &#39;none&#39;'))
  assert.ok(policy.includes(`script-src &#39;sha256-${hash(script)}&#39;;`))
  assert.ok(policy.includes(`style-src &#39;sha256-${hash(style)}&#39;;`))
  assert.not.match(policy, /unsafe/)
  assert.not.match(
    page.replace(script, ''),
    / style=| on[a-z]+=|<script src|<link rel="stylesheet"/,
  )
})

test('report: what comes from a run never becomes markup', async () => {
  const evil = `</script><img src=x onerror=alert(1)>"'<!--\u202e`
  const folder = runFolder({
    name: evil,
    about: evil,
    violation: true,
    faults: defaults.faults.map((fault) => ({ ...fault, label: evil })),
  })
  const verdict = join(folder, 'verdict.json')
  writeFileSync(verdict, readFileSync(verdict, 'utf8').replaceAll('acknowledged', '<img src=y>'))
  const page = await reportPage(await aggregate(folder))
  assert.is(page.split('<script').length - 1, 2)
  assert.is(page.split('</script>').length - 1, 2)
  assert.not.match(page, /<img/)
  const data = between(page, /id="report-data">([^]*?)<\/script>/)
  const read = JSON.parse(data) as { data: { faults: { label: string[] } } }
  assert.is(read.data.faults.label[0], evil)
})

test('report: the sections in order, each of them in the navigation', async () => {
  const page = await reportPage(await aggregate(runFolder({ violation: true })))
  const sections = [...page.matchAll(/<section[^>]* id="([a-z]+)"/g)].map(([, id]) => id)
  const wanted =
    'overview verdicts latency distribution staleness availability replicas ring messages ' +
    'recovery violations repeat events'
  assert.is(sections.join(' '), wanted)
  for (const id of sections) assert.ok(page.includes(`<a href="#${String(id)}">`))
  assert.ok(page.includes('npx sim run scenarios/partition.yaml --seed 1'))
})

async function told(change: (data: RunData) => RunData): Promise<string> {
  return plain(story(change(await aggregate(runFolder()))).join(' '))
}

test('story: what clients saw, what became of the data, what the faults did', async () => {
  const sentences = await told((data) => data)
  assert.match(sentences, /^Clients asked [\d,]+ times: 99\.\d+% of operations were answered; /)
  assert.match(sentences, /No acknowledged write was lost and 0\.6% of reads were stale \(/)
  assert.match(sentences, /Replicas were equal again 900 ms at the latest after a fault\. “/)
  assert.match(sentences, /“partition n1 n2 \| n3 n4 n5” hurt most: p99 \w+ latency rose/)
})

test('story: of faults that hit the same operations none is blamed alone', async () => {
  const together = await told((data) => {
    const [first] = data.faults
    const [during] = data.operations.duringFault
    assert.ok(first !== undefined && during !== undefined)
    return {
      ...data,
      faults: [{ ...first, label: 'clock n1 +400ms' }, first],
      operations: Object.assign(Object.create(data.operations) as RunData['operations'], {
        duringFault: [during, during],
      }),
    }
  })
  assert.match(together, /\. During “clock n1 \+400ms” and “[^”]+”, (p99|every|\d)/)
  assert.not.match(together, /hurt most/)
})

test('story: a time that hardly a read came after is a guess, and told as one', async () => {
  const withReads =
    (reads: number) =>
    (data: RunData): RunData => {
      const visibility = [1_000, 50_000, 900_000].map((tMicros) => {
        return {
          tMicros,
          reads: tMicros > 800_000 ? reads : 500,
          probability: 0.9,
          low: 0,
          high: 1,
        }
      })
      const checks = (data.verdict?.checks ?? []).map((check) =>
        check.check === 'staleness'
          ? { ...check, figures: { ...check.figures, t99Micros: 800_000 }, series: { visibility } }
          : check,
      )
      return { ...data, verdict: { verdict: 'ok', checks } }
    }
  const few = /\(too few reads began late enough to say when 99% see a write\)/
  assert.match(await told(withReads(99)), few)
  assert.match(await told(withReads(100)), /\(a read begun 800 ms after a write sees it with 99%/)
  const page = async (reads: number): Promise<string> =>
    plain(await reportPage(withReads(reads)(await aggregate(runFolder()))))
  const guess = /Few reads began so late: that is a guess\./
  assert.match(await page(99), guess)
  assert.not.match(await page(100), guess)
})

test('report: bands are explained only where there are any', async () => {
  const bands = /Shaded bands are the time of a fault/
  const data = await aggregate(runFolder())
  assert.match(plain(await reportPage(data)), bands)
  const calm = await aggregate(runFolder({ faults: [] }))
  assert.not.match(plain(await reportPage(calm)), bands)
})

const undecided = (data: RunData, name: string): RunData => {
  const verdict = data.verdict as NonNullable<RunData['verdict']>
  const checks = verdict.checks.map((check) =>
    check.check === name ? { ...check, verdict: 'unknown' as const, figures: {} } : check,
  )
  return { ...data, verdict: { ...verdict, checks } }
}

test('story: what could not be measured is not told as if it had been', async () => {
  const sentences = await told((data) => undecided(data, 'staleness'))
  assert.match(sentences, /lost and how stale reads were could not be measured\./)
  assert.not.match(sentences, /some reads were stale/)
  const page = plain(await reportPage(undecided(await aggregate(runFolder()), 'durability')))
  assert.match(page, /Writes lost<\/dt>\s*<dd>–<\/dd>\s*<dd class="note">could not be decided</)
})

test('story: of a run that was stopped nothing is said about becoming whole', async () => {
  const stop = (data: RunData): RunData => ({
    ...data,
    faults: [],
    run: { ...data.run, interrupted: true, healedAtMicros: null, convergedAtMicros: null },
  })
  assert.match(await told(stop), /No fault was injected\. The run stopped before its end\.$/)
  const page = plain(await reportPage(stop(await aggregate(runFolder()))))
  assert.match(page, /<dd>–<\/dd>\s*<dd class="note">the run stopped before its end</)
})

test('story: lost writes are counted, also where they were expected', async () => {
  const sentences = await told((data) => {
    const checks = (data.verdict?.checks ?? []).map((check) =>
      check.check === 'durability'
        ? { ...check, verdict: 'violation' as const, figures: { acknowledged: 9, lost: 2 } }
        : check,
    )
    return { ...data, verdict: { verdict: 'ok', checks } }
  })
  assert.match(sentences, /2 acknowledged writes were lost/)
})

test('story: a run without faults, without checks, or that never became whole', async () => {
  const calm = await told((data) => ({ ...data, faults: [], verdict: null }))
  assert.match(calm, /Whether a write was lost was not checked and staleness was not measured\./)
  assert.match(calm, /No fault was injected\./)
  const broken = await told((data) => ({ ...data, run: { ...data.run, convergedAtMicros: null } }))
  assert.match(broken, /Replicas still differed at the end\./)
})

test('report: an interrupted run says so first', async () => {
  const data = await aggregate(runFolder())
  const page = await reportPage({ ...data, run: { ...data.run, interrupted: true } })
  assert.match(page, /Interrupted: what follows is a part of the run/)
})

test('report: the same folder gives the same page', async () => {
  const folder = runFolder()
  const first = await reportPage(await aggregate(folder))
  assert.is(await reportPage(await aggregate(folder)), first)
})

test('comparison: names, what differs, figures with their changes, all verdicts', async () => {
  const [one, two] = [runFolder(), runFolder({ seed: 2, violation: true })]
  const page = plain(await comparePage([one, two]))
  assert.match(page, /2 runs compared/)
  assert.match(page, /<th scope="row">seed<\/th>\s*<td>1<\/td>\s*<td>2<\/td>/)
  assert.match(page, /<th scope="row">read latency p99<\/th>/)
  assert.match(page, /violated, as expected/)
  assert.ok(page.length < 3_000_000)
})

test('comparison: the same folder twice is named apart, and differs in nothing', async () => {
  const folder = runFolder()
  const page = await comparePage([folder, folder])
  assert.match(page, /folder-\w+ \(2\)/)
  assert.match(page, /Nothing: the same scenario, seed and trace\./)
})

test('comparison: what adds up with time is compared by its rate where lengths differ', async () => {
  const [whole, twice] = [runFolder(), runFolder()]
  const file = join(twice, 'run.json')
  const run = JSON.parse(readFileSync(file, 'utf8')) as {
    counts: { simulatedMicros: number }
    scenario: { durationMicros: number }
  }
  const same = plain(await comparePage([whole, twice]))
  assert.not.match(same, /different length|a second/)
  run.counts.simulatedMicros *= 2
  run.scenario.durationMicros *= 2
  writeFileSync(file, JSON.stringify(run))
  const page = plain(await comparePage([whole, twice]))
  assert.match(page, /They are of different length \(.+, .+\): changes of what adds up with time/)
  const rowOf = (name: string): string => {
    const rows = page.split('<tr>').filter((row) => row.includes(`<th scope="row">${name}</th>`))
    assert.is(rows.length, 1, name)
    return rows[0] ?? ''
  }
  // As many, in twice the time.
  assert.match(rowOf('operations ok'), /change worse"[^−]*−50% a second/)
  assert.match(rowOf('operations fail'), /change better"[^−]*−50% a second/)
  assert.not.match(rowOf('siblings max'), /change/)
  assert.not.match(rowOf('read latency p99'), /change/)
})

test('comparison: who took longer to settle did not ask for longer', async () => {
  const [whole, slow] = [runFolder(), runFolder()]
  const file = join(slow, 'run.json')
  const run = JSON.parse(readFileSync(file, 'utf8')) as { counts: { simulatedMicros: number } }
  run.counts.simulatedMicros *= 2
  writeFileSync(file, JSON.stringify(run))
  const page = plain(await comparePage([whole, slow]))
  const rowOf = (name: string): string =>
    page.split('<tr>').find((row) => row.includes(`<th scope="row">${name}</th>`)) ?? 'no such row'
  assert.match(page, /Clients asked for the same time/)
  assert.not.match(rowOf('operations ok'), /change|no such row/)
  assert.match(rowOf('messages sent'), /−50% a second/)
})

test('comparison: a run that was interrupted is marked as a part', async () => {
  const [whole, part] = [runFolder(), runFolder()]
  const file = join(part, 'run.json')
  const run = JSON.parse(readFileSync(file, 'utf8')) as object
  writeFileSync(file, JSON.stringify({ ...run, interrupted: true }))
  const page = await comparePage([whole, part])
  assert.is(page.split('interrupted: a part').length - 1, 1)
})

test('comparison: a folder that is damaged is named', async () => {
  const [good, bad] = [runFolder(), runFolder()]
  rmSync(join(bad, 'metrics.csv'))
  try {
    await comparePage([good, bad])
    assert.unreachable('metrics.csv is missing')
  } catch (error) {
    assert.is((error as Error).message, `${join(bad, 'metrics.csv')}: no such file`)
  }
})

test.run()
