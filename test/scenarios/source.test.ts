import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadScenario } from '../../scenarios/load.js'
import { formatProblem } from '../../scenarios/problem.js'

const problemsOf = (text: string): string[] =>
  (loadScenario({ text, file: 'x' }).problems ?? []).map(formatProblem)

const first = (text: string): string => problemsOf(text)[0] ?? ''

test('source: a file of more than 1 MiB is refused unread', () => {
  const text = `name: x\n# ${'x'.repeat(1_048_576)}`
  assert.equal(problemsOf(text), ['x:1:1: the file is larger than 1 MiB'])
})

test('source: a comment that fills 1 MiB but one byte is no problem', () => {
  assert.equal(problemsOf(`name: x\n# ${'x'.repeat(1_048_576 - 11)}`), [])
})

test('source: deep nesting is refused unread, by brackets, dashes or indentation', () => {
  const deep = 'nested more than 32 deep: no scenario needs that'
  assert.is(first(`name: ${'['.repeat(100_000)}`), `x:1:39: ${deep}`)
  assert.match(first(`name: x\ncluster: ${'{a: '.repeat(10_000)}`), deep)
  assert.match(first('- '.repeat(10_000)), deep)
  assert.match(first('? '.repeat(10_000)), deep)
  const steps = Array.from({ length: 300 }, (_, index) => `${' '.repeat(index)}a:`)
  assert.match(first(steps.join('\n')), deep)
})

test('source: nesting just inside the limit is read, and refused for what it says', () => {
  const text = `name: x\nabout: ${'['.repeat(30)}${']'.repeat(30)}`
  assert.equal(problemsOf(text), ['x:2:8: expected a text, not a list'])
})

test('source: closed brackets in long texts do not add up to depth', () => {
  assert.equal(problemsOf(`name: x\nabout: "${'see [a] {b} '.repeat(200)}"`), [])
})

test('source: a hundred thousand values are too many', () => {
  assert.match(problemsOf(`name: x\nabout: [${'1,'.repeat(100_001)}]`).join(), 'more than 100000')
})

test('source: aliases of aliases cannot multiply', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level <= 9; level += 1) {
    const alias = `*a${String(level - 1)}`
    lines.push(`a${String(level)}: &a${String(level)} [${Array(10).fill(alias).join(', ')}]`)
  }
  assert.match(problemsOf(lines.join('\n')).join('\n'), 'more than 100 aliases')
})

test('source: an anchor that is set again means its latest value', () => {
  const text =
    'name: x\nduration: &d 5s\nsettle: *d\ncpu: { per_message: &d 7us }\ndisk: { write: *d }'
  const { scenario } = loadScenario({ text, file: 'x' })
  assert.is(scenario?.settleMicros, 5_000_000)
  assert.equal(scenario?.disk.write, { kind: 'constant', micros: 7 })
})

test('source: a thousand problems are told as a hundred and a count', () => {
  const keys = Array.from({ length: 1_000 }, (_, index) => `key${String(index)}: 1`)
  const problems = problemsOf(`name: x\n${keys.join('\n')}`)
  assert.is(problems.length, 101)
  assert.match(problems[100] ?? '', 'and 900 more problems')
})

test('source: twenty thousand duplicate keys are found without comparing all pairs', () => {
  const problems = problemsOf(`name: x\n${'a: 1\n'.repeat(20_000)}`)
  assert.match(problems.join('\n'), '"a" stands here twice')
})

test('source: windows line ends and a byte-order mark are read', () => {
  const { scenario } = loadScenario({ text: '\uFEFFname: x\r\nseed: 5\r\n', file: 'x' })
  assert.is(scenario?.seed, 5)
})

test('source: columns count from 1, in the line of the value', () => {
  assert.equal(problemsOf('name: x\nworkload:\n  clients: -1'), [
    'x:3:12: expected a whole number from 1 to 100000, not -1',
  ])
})

test.run()
