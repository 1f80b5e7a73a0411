import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { excerpt, parsePage, rewritePage } from './page.js'

const page = `# Page

<!-- file: a.yaml -->
\`\`\`yaml
name: a
\`\`\`

<!-- shows: ^b; x ~ y -->
\`\`\`console
$ one
$ two | three
old
\`\`\`

And more of it:

<!-- shows: ^c -->
\`\`\`console
older
\`\`\`

\`\`\`sh
$ no command of ours
\`\`\`
`

test('guide page: taken apart into files and commands', () => {
  const [file, commands, more, ...rest] = parsePage(page)
  assert.equal(file, { kind: 'file', name: 'a.yaml', text: 'name: a\n' })
  assert.ok(commands?.kind === 'console')
  assert.equal(commands.commands, ['one', 'two | three'])
  assert.is(commands.shows, '^b; x ~ y')
  assert.is(commands.shown, 'old\n')
  assert.ok(more?.kind === 'console')
  assert.equal(more.commands, [])
  assert.is(more.shown, 'older\n')
  assert.equal(rest, [])
})

test('guide page: put together again, only what is shown changes', () => {
  assert.is(rewritePage(page, ['old\n', 'older\n']), page)
  const expected = page.replace('old\n', 'b\nx\ny\n').replace('older\n', 'c\n')
  assert.is(rewritePage(page, ['b\nx\ny\n', 'c\n']), expected)
})

test('guide page: an excerpt has the lines asked for, table rows whole, ranges from and to', () => {
  const output = 'a\nb 1\n│ row   │ x │\n│       │ y │\n│ other │ z │\nlast x\nmore\nend\n'
  assert.is(excerpt(output, '^b'), 'b 1\n')
  assert.is(
    excerpt(output, '^│ row; last ~ end'),
    '│ row   │ x │\n│       │ y │\nlast x\nmore\nend\n',
  )
})

test('guide page: a pattern that nothing matches is an error, not an empty excerpt', () => {
  assert.throws(() => excerpt('a\nb\n', '^c'), 'nothing printed matches /^c/')
  assert.throws(() => excerpt('a\nb\n', '^b ~ ^a'), 'nothing printed matches /^a/')
})

test.run()
