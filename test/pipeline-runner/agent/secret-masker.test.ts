import assert from 'node:assert/strict'

import { SecretMasker } from '../../../pipeline-runner/agent/secret-masker.ts'

describe('The secret masker', () => {
  const cases: [name: string, secrets: string[], text: string, masked: string][] = [
    ['hides every occurrence', ['pass'], 'pass and pass', '*** and ***'],
    ['hides overlapping secrets as one', ['abcd', 'cdef'], 'x abcdef y', 'x *** y'],
    ['hides secrets that touch as one', ['ab', 'cd'], 'abcd', '***'],
    ['hides the JSON form', ['a"b\\c'], 'say "a\\"b\\\\c"', 'say "***"'],
    ['hides the URI form', ['a b/c'], 'https://x?k=a%20b%2Fc', 'https://x?k=***'],
    ['hides the form with escaped newlines', ['a\nb'], 'a%0Ab', '***'],
    ['ignores an empty and a blank secret', ['', ' '], 'a b', 'a b'],
    ['leaves other text alone', ['secret'], 'Secret', 'Secret'],
  ]
  for (const [name, secrets, text, masked] of cases) {
    it(name, () => {
      const masker = new SecretMasker()
      secrets.forEach((secret) => masker.add(secret))
      assert.equal(masker.mask(text), masked)
    })
  }
})
