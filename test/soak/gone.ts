/** A node has ended while it was loaded or watched. */
export class NodeGone extends Error {
  override readonly name = 'NodeGone'
}
