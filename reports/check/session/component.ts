/**
 * Strongly connected components (Tarjan 1972), without recursion: chains of a million versions are
 * common.
 */
export const components = (
  nodes: number,
  edges: readonly { readonly from: number; readonly to: number }[],
): Int32Array => new Tarjan(nodes, edges).run()

class Tarjan {
  private readonly nodes: number
  private readonly first: Int32Array
  private readonly targets: Int32Array
  private readonly component: Int32Array
  private readonly index: Int32Array
  private readonly low: Int32Array
  private readonly cursor: Int32Array
  private readonly stack: number[] = []
  private visited = 0
  private found = 0

  constructor(nodes: number, edges: readonly { readonly from: number; readonly to: number }[]) {
    this.nodes = nodes
    this.first = new Int32Array(nodes + 1)
    for (const { from } of edges) this.first[from + 1] = (this.first[from + 1] as number) + 1
    for (let node = 0; node < nodes; node++) {
      this.first[node + 1] = (this.first[node + 1] as number) + (this.first[node] as number)
    }
    this.targets = new Int32Array(edges.length)
    const next = this.first.slice()
    for (const { from, to } of edges) {
      const at = next[from] as number
      this.targets[at] = to
      next[from] = at + 1
    }
    this.component = new Int32Array(nodes).fill(-1)
    this.index = new Int32Array(nodes).fill(-1)
    this.low = new Int32Array(nodes)
    this.cursor = this.first.slice()
  }

  /** Equal numbers: each can be reached from the other. */
  run(): Int32Array {
    for (let node = 0; node < this.nodes; node++) if (this.index[node] === -1) this.visit(node)
    return this.component
  }

  private visit(root: number): void {
    const path = [root]
    this.enter(root)
    while (path.length > 0) {
      const node = path.at(-1) as number
      const at = this.cursor[node] as number
      if (at < (this.first[node + 1] as number)) {
        this.cursor[node] = at + 1
        const target = this.targets[at] as number
        if (this.index[target] === -1) {
          this.enter(target)
          path.push(target)
        } else if (this.component[target] === -1) this.lower(node, this.index[target] as number)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) this.lower(parent, this.low[node] as number)
      if (this.low[node] === this.index[node]) this.close(node)
    }
  }

  private enter(node: number): void {
    this.index[node] = this.visited
    this.low[node] = this.visited++
    this.stack.push(node)
  }

  private lower(node: number, value: number): void {
    if (value < (this.low[node] as number)) this.low[node] = value
  }

  private close(root: number): void {
    for (;;) {
      const node = this.stack.pop() as number
      this.component[node] = this.found
      if (node === root) break
    }
    this.found++
  }
}
