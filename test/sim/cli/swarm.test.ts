/**
 * A small swarm. `npm run swarm` runs two thousand seeds.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { meaningOf } from '../../../scenarios/brief.js'
import { writeFailure } from '../../../sim/cli/swarm/file.js'
import { drawSwarm } from '../../../sim/search/swarm.js'
import { runSwarmSeed } from '../../../sim/cli/swarm/one.js'
import type { SwarmSummary } from '../../../sim/cli/swarm/summary.js'
import { scenarioOf } from '../stage.js'
import { Sandbox } from './command.js'

const sandbox = new Sandbox()

test.after(() => sandbox.remove())

test('swarm: twelve random scenarios, nothing lost, and the healed core makes progress', () => {
  let made = 0
  for (let seed = 1; seed <= 12; seed++) {
    const { problems, progress } = runSwarmSeed(seed, null)
    assert.equal(problems, [], `seed ${String(seed)}`)
    if (progress?.kind === 'made') made++
  }
  assert.ok(made >= 8, `${String(made)} made progress`)
})

test('swarm: a strict quorum without its owners is stuck by rights, and it is said why', () => {
  const { problems, progress } = runSwarmSeed(403, null)
  assert.equal(problems, [])
  assert.is(progress?.kind, 'stuck')
  assert.match(progress?.kind === 'stuck' ? progress.why : '', /of no key that was asked enough/)
})

test('swarm: a failing seed leaves a file that repeats it', () => {
  const result = { ...runSwarmSeed(2, null), problems: ['durability: 1 of 9 writes\nlost'] }
  writeFailure(sandbox.folder, result, 'plain_vectors')
  const text = readFileSync(sandbox.path('seed-2.yaml'), 'utf8')
  assert.match(text, '# durability: 1 of 9 writes lost\n')
  assert.match(text, /# npx sim run \S+seed-2\.yaml --plant plain_vectors\n/)
  assert.match(text, '# npx sim swarm --seeds 2..2 --plant plain_vectors\n')
  assert.equal(meaningOf(scenarioOf(text)), meaningOf(drawSwarm(2).scenario))
})

test('swarm: one seed alone prints its scenario first', async () => {
  const { code, stdout } = await sandbox.run('swarm', '--seeds', '7..7', '--out', 'one')
  assert.is(code, 0)
  const text = stdout.slice(0, stdout.indexOf('\n\n'))
  assert.match(text, /^# Drawn from seed 7\. After 5 s only the core comes back: n/)
  assert.is(scenarioOf(text).name, 'swarm-7')
  const file = readFileSync(sandbox.path('one', 'swarm.json'), 'utf8')
  assert.is((JSON.parse(file) as SwarmSummary).progressed, 1)
})

test('swarm: shards put together are the whole', async () => {
  const seeds = ['--seeds', '1..3']
  for (const shard of ['1/2', '2/2']) {
    const out = `shard-${shard.slice(0, 1)}`
    const { code } = await sandbox.run('swarm', ...seeds, '--shard', shard, '--out', out)
    assert.is(code, 0)
  }
  const whole = await sandbox.run('swarm', ...seeds, '--out', 'whole')
  assert.is(whole.code, 0)
  const merged = await sandbox.run('merge', 'shard-2', 'shard-1', '--out', 'merged')
  assert.is(merged.code, 0, merged.stderr)
  const file = (folder: string) => readFileSync(sandbox.path(folder, 'swarm.json'), 'utf8')
  assert.equal(JSON.parse(file('merged')), JSON.parse(file('whole')))
  const half = await sandbox.run('merge', 'shard-1', '--out', 'half')
  assert.is(half.code, 2)
  assert.match(half.stdout, /^2 of 3 seeds/m)
  assert.match(half.stdout, /^Incomplete: this is what 2 of 3 seeds did\.$/m)
  const other = await sandbox.run('merge', 'shard-1', sandbox.folder, '--out', 'mixed')
  assert.is(other.code, 3)
  assert.match(other.stderr, /^shard-1 is of a swarm and .* is not/)
  const twice = await sandbox.run('merge', 'shard-1', 'shard-1', '--out', 'twice')
  assert.is(twice.code, 3)
  assert.match(twice.stderr, /hold the same seeds: leave one out/)
})

test('swarm: a damaged shard is refused, and a failure is repeated from the merged folder', async () => {
  const path = sandbox.path('shard-1', 'swarm.json')
  const sound = readFileSync(path, 'utf8')
  writeFileSync(path, sound.replace('"operations": ', '"operations": 1'))
  const damaged = await sandbox.run('merge', 'shard-1', 'shard-2', '--out', 'damaged')
  assert.is(damaged.code, 3)
  assert.match(damaged.stderr, /shard-1\/swarm\.json: byte \d+: damaged/)
  // Nobody vouches for what was changed on purpose, but it still has to make sense.
  rmSync(sandbox.path('shard-1', 'checksums.json'))
  const problems = (told: unknown): void =>
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(sound) as object), failures: told }))
  for (const bad of [[null], [{ seed: 9, problems: [] }], [{ seed: 1 }], null]) {
    problems(bad)
    const { code, stderr } = await sandbox.run('merge', 'shard-1', 'shard-2', '--out', 'bad')
    assert.is(code, 3)
    assert.match(stderr, 'its seeds, counts or failures are damaged')
  }
  problems([{ seed: 1, problems: ['durability: lost'] }])
  const failing = await sandbox.run('merge', 'shard-1', 'shard-2', '--out', 'failing')
  assert.is(failing.code, 1)
  const text = readFileSync(sandbox.path('failing', 'seed-1.yaml'), 'utf8')
  assert.match(text, '# npx sim run failing/seed-1.yaml\n')
  assert.equal(meaningOf(scenarioOf(text)), meaningOf(drawSwarm(1).scenario))
})

test('swarm: what makes no sense is refused with what to do', async () => {
  const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['--seeds', '9..3'], /--seeds 9\.\.3: holds no seed; 3\.\.9 holds some/],
    [['--seeds', '5'], /--seeds 5: give the first and the last seed, such as 1\.\.5/],
    [['--workers', '0'], /--workers: give a whole number/],
    [['--shard', '3/2'], /--shard 3\/2: shards are counted 1\/2 to 2\/2/],
    [['--seeds', '1..2', '--seeds', '3..4'], /--seeds: give it once/],
  ]
  for (const [args, message] of cases) {
    const { code, stderr } = await sandbox.run('swarm', ...args)
    assert.is(code, 3, args.join(' '))
    assert.match(stderr, message)
  }
})

test('a write of a full key whose answer was lost is not held against the core', async () => {
  const { code, stdout } = await sandbox.run('swarm', '--seeds', '3519..3519', '--out', 'full')
  assert.is(code, 0, stdout)
  assert.ok(stdout.includes('holds as many siblings as may be'), stdout)
})

test.run()
