import assert from 'node:assert/strict'
import { toldHub, toldId, toldLine, toldRun } from '../../../core/service/told.ts'

const collection = '8a1b2c3d-1111-2222-3333-444455556666'
const project = '9a1b2c3d-1111-2222-3333-444455556666'
const longest = 'h'.repeat(45)

describe('what a state service is told', () => {
  const ids: [string, string[], string][] = [
    ['a build', ['c/p/build/7', 'shop7'], 'c-p-build-7.shop7'],
    ['a run behind an address', ['https://dev.example/x y/build/7', 'shop7'], 'https:-dev.example-x-y-build-7.shop7'],
    ['what begins with a sign', ['/p/build/7', 'shop7'], 'p-build-7.shop7'],
  ]
  for (const [name, parts, expected] of ids) {
    it(`names ${name} by an id that can be a key`, () => assert.equal(toldId(...parts), expected))
  }

  it('keeps the numbers of a run whose id is too long', () => {
    const id = toldId(`${collection}/${project}/release/123456`, longest, 'rolledBack')
    assert.ok(id.length <= 128)
    assert.ok(id.endsWith(`${project}-release-123456.${longest}.rolledBack`))
  })

  it('is one line of text', () => {
    assert.equal(toldLine(' 20261121.7 \n##vso[x] '), '20261121.7  # #vso[x]')
    assert.equal(toldLine('x'.repeat(500)).length, 200)
    assert.equal(toldLine(' '), 'not told')
  })

  const links: [string, string][] = [
    ['https://dev.example/_build/results?buildId=7', 'https://dev.example/_build/results?buildId=7'],
    ['http://tfs/_build/results?buildId=7', ''],
    ['https://me:secret@dev.example/', ''],
    ['https://dev.example/a b', ''],
    ['', ''],
  ]
  for (const [link, expected] of links) {
    it(`has ${expected === '' ? 'no link' : 'the link'} where it is '${link}'`, () => {
      assert.equal(toldRun({ run: '7', project: '', link }).link, expected)
    })
  }

  it('leaves an account out that has no name of its own', () => {
    assert.deepEqual(toldHub({ account: 'shopdata', name: 'shop7' }), { account: 'shopdata', name: 'shop7' })
    assert.deepEqual(toldHub({ account: 'data.example', name: 'shop7' }), { name: 'shop7' })
  })
})
