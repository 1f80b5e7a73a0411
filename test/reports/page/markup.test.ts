import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { embeddedJson, escape, html, trusted } from '../../../reports/page/markup.js'

test('markup: what is put in is text, unless it is markup already', () => {
  const name = `<b>"it's" & more</b>`
  assert.is(
    html`<p title="${name}">${name}${trusted('<br>')}</p>`.text,
    '<p title="&lt;b&gt;&quot;it&#39;s&quot; &amp; more&lt;/b&gt;">' +
      '&lt;b&gt;&quot;it&#39;s&quot; &amp; more&lt;/b&gt;<br></p>',
  )
})

test('markup: lists, numbers, and nothing', () => {
  assert.is(html`${[1, [html`<i>2</i>`, '<']]}${null}${false}`.text, '1<i>2</i>&lt;')
})

test('markup: no text leaves its element or its attribute, and none turns the line around', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.not.match(escape(text), /[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/)
      assert.not.match(escape(text), /[\u202a-\u202e\u2066-\u2069]/)
    }),
    { seed: 1, numRuns: 500 },
  )
  assert.is(escape('a\u0000b\u202ec'), 'a\ufffdb\ufffdc')
})

test('markup: embedded JSON reads back as it was, and closes no element', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const { text } = embeddedJson(value)
      assert.not.match(text, /</)
      assert.equal(JSON.parse(text), JSON.parse(JSON.stringify(value)))
    }),
    { seed: 1, numRuns: 300 },
  )
  assert.not.match(embeddedJson('</script><!--').text, /<\/script|<!--/)
})

test.run()
