/** Where simulated clients go when their node fails them. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Actor, Dot, Outcome } from '../../core/index.js'
import { Client, KeyNumbers } from '../../sim/client.js'

test('client: whatever its number, it comes to every node before it is back', () => {
  for (let nodes = 1; nodes <= 12; nodes++) {
    for (let index = 0; index < 40; index++) {
      const client = clientOf(index, nodes)
      const seen = new Set([client.home])
      let node = client.home
      for (let step = 1; step < nodes; step++) {
        node = client.nodeAfter(node, nodes)
        seen.add(node)
      }
      assert.is(seen.size, nodes, `client ${String(index)} of ${String(nodes)} nodes`)
    }
  }
})

test('client: those of one home do not all go to the same node', () => {
  for (let nodes = 3; nodes <= 12; nodes++) {
    const next = [0, 1].map((round) => clientOf(round * nodes, nodes).nodeAfter(0, nodes))
    assert.is(new Set(next).size, 2, String(nodes))
  }
})

test('client: what its minimum names and an ok does not show was reaped, and is forgotten', () => {
  const client = new Client(0, 3, 1, { contexts: false, minimum: true }, new KeyNumbers(1))
  const dot = (actor: string, n: number) => ({ actor: actor as Actor, n })
  const found = (...vv: readonly Dot[]): Outcome => ({
    kind: 'ok',
    f: 'get',
    values: [],
    context: { keyHash: 1, vv },
    counts: { nodes: 2, owners: 2 },
  })
  client.remember(0, found(dot('n1:0', 4), dot('n2:0', 2)))
  const asked = client.minimum(0)
  assert.equal(asked, [dot('n1:0', 4), dot('n2:0', 2)])
  client.remember(0, { kind: 'rejected', code: 'timeout', need: 1, got: 0 }, asked)
  assert.equal(client.minimum(0), asked, 'a refusal says nothing')
  // Written after it had asked: the answer knows nothing of it.
  client.remember(0, found(dot('n3:0', 1)))
  client.remember(0, found(dot('n2:0', 3)), asked)
  assert.equal(client.minimum(0), [dot('n2:0', 3), dot('n3:0', 1)])
})

function clientOf(index: number, nodes: number): Client {
  return new Client(index, nodes, 1, { contexts: false, minimum: false }, new KeyNumbers(1))
}

test.run()
