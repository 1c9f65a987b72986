import assert from 'node:assert/strict'

import { Variables } from '../../pipeline-runner/variables.ts'

function variables(values: Record<string, string>): Variables {
  const all = new Variables()
  for (const [name, value] of Object.entries(values)) all.set(name, value)
  return all
}

describe('Variables', () => {
  const cases: [name: string, values: Record<string, string>, text: string, expanded: string][] = [
    ['are found whatever their case', { 'App.Name': 'orders' }, '$(app.NAME)', 'orders'],
    ['that are not set stay as they are written', {}, 'a $(nothing) b', 'a $(nothing) b'],
    ['may name other variables', { a: '1$(b)', b: '2$(c)', c: '3' }, '$(a)', '123'],
    ['that name themselves stay as they are written', { a: 'x$(a)' }, '$(a)', 'x$(a)'],
    ['that name each other end somewhere', { a: '$(b)', b: '$(a)' }, '$(a)', '$(a)'],
    ['brought in by a macro are not expanded twice', { a: '$', b: '2' }, '$(a)(b)', '$(b)'],
    ['inside an unknown macro are still found', { a: '1' }, '$(x $(a))', '$(x 1)'],
    ['without a closing bracket are text', { a: '1' }, '$(a', '$(a'],
  ]
  for (const [name, values, text, expanded] of cases) {
    it(name, () => assert.equal(variables(values).expand(text), expanded))
  }

  it('once secret stay secret', () => {
    const seen: string[] = []
    const all = new Variables((secret) => seen.push(secret))
    all.set('key', 'one', { secret: true })
    all.set('KEY', 'two')
    assert.deepEqual(seen, ['one', 'two'])
    assert.equal(all.list()[0]?.secret, true)
  })

  it('that name a secret are secret too', () => {
    const all = new Variables()
    all.set('key', 'one', { secret: true })
    all.set('url', 'https://x?k=$(key)')
    const url = all.list().find(({ name }) => name === 'url')
    assert.equal(url?.secret, true)
    assert.equal(url.value, 'https://x?k=one')
  })
})
