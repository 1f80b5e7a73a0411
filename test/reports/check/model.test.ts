import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { historyOf } from '../../../reports/check/build.js'
import { checkHistory, guessModel } from '../../../reports/check/model.js'
import { storeHistory, strictQuorum } from './store.js'

const guess = (...kinds: readonly string[]): string | null =>
  guessModel(
    historyOf(
      kinds.map((f, process) => ({
        process,
        type: 'invoke',
        f,
        key: 'k',
        value: f === 'cas' ? [1, 2] : f === 'txn' ? [] : null,
      })),
    ),
  )

test('model: guessed from what the operations are', () => {
  assert.is(guess('read', 'write'), 'register')
  assert.is(guess('read', 'cas'), 'cas-register')
  assert.is(guess('acquire', 'release'), 'mutex')
  assert.is(guess('get', 'append'), 'kv-append')
  assert.is(guess('txn'), null)
  assert.is(guessModel(storeHistory()), 'eventual')
})

test('model: eventual asks that nothing is lost, sessions asks for the guarantees', () => {
  const slow = storeHistory({ delivery: 0.1 })
  assert.is(checkHistory(slow, 'eventual').verdict, 'ok')
  assert.is(checkHistory(slow, 'sessions').verdict, 'violation')
  assert.is(checkHistory(storeHistory(strictQuorum), 'sessions').verdict, 'ok')
  assert.is(checkHistory(slow, 'register').verdict, 'violation')
})

test.run()
