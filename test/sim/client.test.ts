/** Where simulated clients go when their node fails them. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
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

function clientOf(index: number, nodes: number): Client {
  return new Client(index, nodes, 1, { contexts: false, minimum: false }, new KeyNumbers())
}

test.run()
