/** Which methods a route knows, for those who ask for it by another. */

/** A pattern of the router (`/buckets/:bucket/keys`, `/admin/nodes/:node/at/*`) as one of text. */
function matcherOf(pattern: string): RegExp {
  const parts = pattern.split(/(:\w+|\*)/).map((part) => {
    if (part === '*') return '.*'
    if (part.startsWith(':')) return '[^/]+'
    return part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
  })
  return new RegExp(`^${parts.join('')}$`)
}

const order = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']

export class RouteMethods {
  readonly #routes: { readonly matcher: RegExp; readonly methods: readonly string[] }[] = []

  add(pattern: string, methods: readonly string[]): void {
    this.#routes.push({ matcher: matcherOf(pattern), methods })
  }

  /** `GET, HEAD`; null where there is no such route by any method. */
  allowOf(url: string): string | null {
    const [path = ''] = url.split('?')
    const known = new Set<string>()
    for (const { matcher, methods } of this.#routes) {
      if (!matcher.test(path)) continue
      for (const method of methods) known.add(method)
    }
    const allowed = order.filter((method) => known.has(method))
    return allowed.length === 0 ? null : allowed.join(', ')
  }
}
