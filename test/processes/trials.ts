/** What is tried: all of it by `npm run test:processes`, a part, and shorter, by `npm test`. */
import type { FaultAct, FaultPlan } from '../../net/bench/fault.js'
import type { Trial } from './trial.js'
import { calm } from './weather.js'

const fault = (act: FaultAct, nodes: readonly string[], at: number, lasts: number): FaultPlan => ({
  ...{ act, nodes },
  ...{ atMillis: at * 1_000, lastsMillis: lasts * 1_000 },
})

const three = ['n1', 'n2', 'n3']

/** Each in turn: a node comes back, and a while later the next one goes. */
const inTurn = (act: FaultAct, nodes: readonly string[], lasts: number): readonly FaultPlan[] =>
  nodes.map((node, index) => fault(act, [node], 2 + index * (lasts + 6), lasts))

const loss = { ...calm, loss: 0.1 }
const late = { ...calm, delayMillis: 60 }
const cut = { ...calm, cut: true }

export const short: readonly Trial[] = [
  {
    name: 'one is paused',
    ...{ nodes: 3, errors: 'detected', tailMillis: 1_500 },
    faults: [fault('pause', ['n2'], 0.5, 3.2)],
  },
  {
    name: 'all are killed at once',
    ...{ nodes: 3, errors: 'some', tailMillis: 3_000, timeoutMillis: 1_500 },
    faults: [fault('kill', three, 0.7, 0.2)],
  },
  {
    name: 'the disk of one is full for a while',
    ...{ nodes: 3, errors: 'none', faults: [] },
    fills: { node: 'n2', millis: 1_000 },
  },
  {
    name: 'packets and pieces of links are lost',
    ...{ nodes: 3, errors: 'some', faults: [], timeoutMillis: 1_500 },
    weather: [
      { mood: loss, millis: 1_500 },
      { mood: cut, millis: 700 },
    ],
  },
]

export const full: readonly Trial[] = [
  ...three.map((node): Trial => {
    const faults = [fault('kill', [node], 3, 5)]
    return { name: `${node} is killed`, nodes: 3, errors: 'detected', faults }
  }),
  ...[
    ['n1', 'n2'],
    ['n2', 'n3'],
    ['n3', 'n1'],
  ].map((nodes): Trial => ({
    name: `${nodes.join(' and ')} are killed in turn`,
    ...{ nodes: 3, errors: 'detected', faults: inTurn('kill', nodes, 3) },
  })),
  {
    name: 'two of three are killed at once',
    ...{ nodes: 3, errors: 'some', faults: [fault('kill', ['n1', 'n3'], 2, 3)] },
  },
  {
    name: 'all are killed at once, three times',
    ...{ nodes: 3, errors: 'some' },
    faults: [2, 12, 22].map((at) => fault('kill', three, at, 1)),
  },
  {
    name: 'one is paused for ten seconds',
    ...{ nodes: 3, errors: 'detected', faults: [fault('pause', ['n2'], 3, 10)] },
  },
  {
    name: 'one is paused for ten seconds in an open loop, and what waited in it is stale',
    ...{ nodes: 3, errors: 'detected', faults: [fault('pause', ['n2'], 3, 10)] },
    ...{ perSecond: 400, recoversMillis: 3_000 },
  },
  {
    name: 'all are paused for ten seconds in an open loop, and what waited in them is stale',
    ...{ nodes: 3, errors: 'some', faults: [fault('pause', three, 3, 10)] },
    ...{ perSecond: 100, recoversMillis: 8_000, tailMillis: 12_000 },
  },
  {
    name: 'one of five is killed, then another is paused',
    ...{ nodes: 5, errors: 'detected' },
    faults: [fault('kill', ['n4'], 2, 4), fault('pause', ['n1'], 14, 6)],
  },
  {
    name: 'the disk of one is full for ten seconds',
    ...{ nodes: 3, errors: 'none', faults: [] },
    fills: { node: 'n2', millis: 10_000 },
  },
  {
    name: 'all are restarted, one after the other',
    ...{ nodes: 3, errors: 'none', faults: inTurn('stop', three, 1) },
  },
  {
    name: 'packets and pieces of links are lost, late, and cut off',
    ...{ nodes: 3, errors: 'some', faults: [] },
    weather: [
      { mood: loss, millis: 8_000 },
      { mood: late, millis: 8_000 },
      { mood: cut, millis: 8_000 },
      { mood: { ...late, loss: 0.02 }, millis: 8_000 },
    ],
  },
  {
    name: 'one is killed in bad weather',
    ...{ nodes: 3, errors: 'some', faults: [fault('kill', ['n2'], 3, 4)] },
    weather: [{ mood: { ...late, loss: 0.05 }, millis: 12_000 }],
  },
]
