// Reads of a Bicep file what tests hold against the code. No compiler of it can be had from npm.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../scripts/packaging/project.ts'

export function bicepOf(name: string): string {
  return readFileSync(join(root, 'state-service/infra', name), 'utf8')
}

/** The texts of `name: [ … ]`. */
export function listIn(bicep: string, name: string): readonly string[] {
  const list = new RegExp(`\\b${name}: \\[([^\\]]*)\\]`).exec(bicep)?.[1]
  assert.ok(list !== undefined, `no list '${name}'`)
  return [...list.matchAll(/'([^']*)'/g)].map(([, text]) => text ?? '')
}

/** The text of `var name = '…'`. */
export function textIn(bicep: string, name: string): string {
  const text = new RegExp(`^var ${name} = '([^']*)'$`, 'm').exec(bicep)?.[1]
  assert.ok(text !== undefined, `no variable '${name}'`)
  return text
}

/** `{ … }` or `[ … ]` after `start`, with everything inside. */
export function blockAfter(bicep: string, start: string): string {
  const from = bicep.indexOf(start)
  assert.ok(from >= 0, `no '${start}'`)
  let depth = 0
  for (let at = bicep.indexOf('{', from); at < bicep.length; at++) {
    if (bicep[at] === '{') depth += 1
    if (bicep[at] === '}') depth -= 1
    if (depth === 0) return bicep.slice(bicep.indexOf('{', from), at + 1)
  }
  return assert.fail(`'${start}' has no end`)
}
