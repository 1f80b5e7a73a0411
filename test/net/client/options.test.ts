/** How a client is set up: what makes no sense is refused, also to programs without types. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ClientOptions } from '../../../net/client/index.js'
import { Client } from '../../../net/client/index.js'

test('client: options that make no sense are refused by name', () => {
  const nodes = ['http://127.0.0.1:5000']
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{}, /^nodes: a list of URLs, such as/],
    [{ nodes: [] }, /^nodes: a list of URLs, such as/],
    [{ nodes: 'http://127.0.0.1:5000' }, /^nodes: a list of URLs, such as/],
    [{ nodes: ['nowhere'] }, /^nodes: nowhere is not a URL/],
    [{ nodes: ['ftp://127.0.0.1'] }, /^nodes: ftp:.* is not a URL/],
    [{ nodes, timeoutMillis: -1 }, /^timeoutMillis: a number above 0, not -1/],
    [{ nodes, attempts: NaN }, /^attempts: a number above 0, not NaN/],
    [{ nodes, hedgeMillis: 'never' }, /^hedgeMillis: a number above 0, not never/],
    [{ nodes, timeout: 5 }, /^timeout: no such option; there are timeoutMillis, /],
  ]
  for (const [options, expected] of cases) {
    assert.throws(() => new Client(options as ClientOptions), expected)
  }
})

test.run()
