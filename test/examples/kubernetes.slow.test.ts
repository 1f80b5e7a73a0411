/**
 * The Jobs of examples/kubernetes, without a cluster: their shape, and their very commands, run
 * with the variables that Kubernetes would set, and an `npx` that starts the build of this folder.
 */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAllDocuments } from 'yaml'
import type { Sweep } from '../../reports/sweep/model.js'
import { ended, type Ended, mainPath, Sandbox, smallScenario } from '../sim/cli/command.js'

interface Variable {
  readonly name: string
  readonly value?: unknown
  readonly valueFrom?: { readonly resourceFieldRef: { readonly resource: string } }
}

interface Container {
  readonly image: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly env: readonly Variable[]
  readonly resources?: { readonly limits: Readonly<Record<string, unknown>> }
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
}

interface Job {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly completionMode?: string
    readonly completions?: number
    readonly parallelism?: number
    readonly template: {
      readonly spec: {
        readonly restartPolicy: string
        readonly containers: readonly [Container]
        readonly volumes: readonly {
          readonly name: string
          readonly persistentVolumeClaim: { readonly claimName: string }
        }[]
      }
    }
  }
}

const example = (name: string): string =>
  readFileSync(new URL(`../../../examples/kubernetes/${name}`, import.meta.url), 'utf8')

function documentsOf(name: string): readonly Job[] {
  return parseAllDocuments(example(name)).map((document) => {
    assert.equal(document.errors, [], name)
    return document.toJS() as Job
  })
}

const [claim, sweepJob] = documentsOf('sweep.yaml') as readonly [Job, Job]
const [mergeJob] = documentsOf('merge.yaml') as readonly [Job]
const containerOf = ({ spec }: Job): Container => spec.template.spec.containers[0]
const valueOf = (job: Job, name: string): unknown =>
  containerOf(job).env.find((variable) => variable.name === name)?.value

const sandbox = new Sandbox()
const results = sandbox.path('results')

test.before(() => {
  mkdirSync(results)
  mkdirSync(sandbox.path('bin'))
  const npx = `#!/bin/sh\n[ "$1" = sim ] || exit 99\nshift\nexec "${process.execPath}" "${mainPath}" "$@"\n`
  chmodSync(sandbox.write(join('bin', 'npx'), npx), 0o755)
  sandbox.write('small.yaml', smallScenario)
})

test.after(() => {
  sandbox.remove()
})

/** As in the pod: the Job's own variables, those that are given instead, and nothing of ours. */
function inPod(job: Job, instead: Readonly<Record<string, string>>): Promise<Ended> {
  const { command, args, env } = containerOf(job)
  const own = Object.fromEntries(
    env.map(({ name, value }) => [name, typeof value === 'string' ? value : '']),
  )
  const path = [sandbox.path('bin'), '/usr/bin', '/bin'].join(delimiter)
  const [shell = '', ...flags] = command
  const child = spawn(shell, [...flags, ...args], {
    cwd: sandbox.folder,
    env: { PATH: path, NO_COLOR: '1', ...own, RESULTS: results, ...instead },
  })
  return ended(child)
}

const some = { SCENARIO: 'small.yaml', SEEDS: '1..20', WORKERS: '1' }
const shard = (index: number, instead: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  inPod(sweepJob, { ...some, JOB_COMPLETION_INDEX: String(index), ...instead })

/** Without the time it took, which is another every time. */
const resultsOf = ({ results: all }: Sweep) => all.map(({ wallMillis: _, ...result }) => result)

const sweepIn = (...parts: readonly string[]): Sweep =>
  JSON.parse(readFileSync(join(...parts, 'sweep.json'), 'utf8')) as Sweep

test('kubernetes: an Indexed Job with as many completions as there are shards', () => {
  assert.is(sweepJob.spec.completionMode, 'Indexed')
  assert.is(String(sweepJob.spec.completions), valueOf(sweepJob, 'SHARDS'))
  assert.is(sweepJob.spec.parallelism, sweepJob.spec.completions)
  const workers = containerOf(sweepJob).env.find(({ name }) => name === 'WORKERS')
  assert.is(workers?.valueFrom?.resourceFieldRef.resource, 'limits.cpu')
  assert.ok(Number(containerOf(sweepJob).resources?.limits['cpu']) >= 1)
  // Every value is a text: Kubernetes refuses numbers.
  for (const job of [sweepJob, mergeJob]) {
    for (const { value } of containerOf(job).env)
      assert.ok(['string', 'undefined'].includes(typeof value))
    assert.is(job.spec.template.spec.restartPolicy, 'Never')
    assert.is(containerOf(job).image, 'dynamo-sim:latest')
  }
  assert.match(example('Dockerfile'), 'dynamo-sim:latest')
})

test('kubernetes: both Jobs keep their results on the volume that is claimed', () => {
  assert.is(claim.kind, 'PersistentVolumeClaim')
  for (const job of [sweepJob, mergeJob]) {
    const [volume] = job.spec.template.spec.volumes
    const [mount] = containerOf(job).volumeMounts
    assert.is(volume?.persistentVolumeClaim.claimName, claim.metadata.name)
    assert.is(mount?.name, volume?.name)
    assert.is(mount?.mountPath, valueOf(job, 'RESULTS'))
  }
})

test('kubernetes: two pods run their shards, and the merge has what one machine finds', async () => {
  const count = Number(valueOf(sweepJob, 'SHARDS'))
  const last = count - 1
  for (const index of [0, last]) {
    const { code, stderr } = await shard(index)
    assert.is(code, 0, stderr)
  }
  const seedsIn = (folder: string): readonly number[] =>
    sweepIn(results, folder).results.map(({ seed }) => seed)
  assert.equal(seedsIn('shard-0'), [1, 1 + count])
  assert.equal(seedsIn(`shard-${String(last)}`), [count, 2 * count])
  // The other shards are missing, and nobody takes that for fine.
  const merged = await inPod(mergeJob, {})
  assert.is(merged.code, 2, merged.stderr)
  const alone = ['sweep', 'small.yaml', '--seeds', some.SEEDS, '--out', 'alone']
  assert.is((await sandbox.run(...alone)).code, 0)
  const whole = sweepIn(results, 'whole')
  const unsharded = sweepIn(sandbox.path('alone'))
  const wanted = [1, 10, 11, 20]
  assert.equal(
    resultsOf(whole),
    resultsOf(unsharded).filter(({ seed }) => wanted.includes(seed)),
  )
  assert.equal(whole.seeds, unsharded.seeds)
})

test('kubernetes: a pod that begins again replaces what it left', async () => {
  const before = sweepIn(results, 'shard-0')
  assert.is((await shard(0)).code, 0)
  assert.equal(resultsOf(sweepIn(results, 'shard-0')), resultsOf(before))
  assert.is((await inPod(mergeJob, {})).code, 2)
})

test('kubernetes: a finding is no failure of the pod, but of the merge; bad input is of the pod', async () => {
  const down =
    'faults: [{ at: 100ms, crash: [n1, n2, n3] }]\nexpect: { availability: { min: 99% } }\n'
  sandbox.write('failing.yaml', smallScenario.replace(/expect:.*\n/, down))
  const other = sandbox.path('other')
  mkdirSync(other)
  const found = await shard(0, {
    SCENARIO: 'failing.yaml',
    SEEDS: '1..1',
    SHARDS: '1',
    RESULTS: other,
  })
  assert.is(found.code, 0, found.stderr)
  assert.is((await inPod(mergeJob, { RESULTS: other })).code, 1)
  const bad = await shard(0, { SCENARIO: 'nowhere.yaml', RESULTS: other })
  assert.is(bad.code, 3)
})

test.run()
