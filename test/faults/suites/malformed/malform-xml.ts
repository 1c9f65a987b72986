import type { Seeded } from '../../sockets/seeded.ts'
import type { Shape } from './answer-shape.ts'
import type { Changed } from './malform-json.ts'

/** Breaks the structure, or takes an element away that each item must have. */
export function breakXml(body: string, shape: Extract<Shape, { kind: 'xml' }>, random: Seeded): Changed | undefined {
  const { root, elements } = shape
  const present = elements.filter((name) => body.includes(`<${name}>`))
  const ways: (() => Changed)[] = [
    () => ({ text: body.replaceAll(root, `${root}s`), what: 'another root' }),
    () => ({ text: body.replace(new RegExp(`</${root}>\\s*$`), ''), what: 'no end' }),
    () => ({ text: `${body}<more/>`, what: 'something behind the root' }),
    () => ({ text: body.replace(`<${root}`, `<Answer><${root}`) + '</Answer>', what: 'nested in another root' }),
    ...present.flatMap((name) => [
      () => ({ text: body.replace(new RegExp(`<${name}>[^<]*</${name}>`), ''), what: `an item without ${name}` }),
      () => ({ text: body.replace(new RegExp(`<${name}>[^<]*</${name}>`), `<${name}/>`), what: `an empty ${name}` }),
      () => ({
        text: body.replace(new RegExp(`<${name}>([^<]*)</${name}>`), `<${name}><Of>$1</Of></${name}>`),
        what: `${name} with elements in it`,
      }),
      () => ({
        text: body.replace(new RegExp(`<${name}>([^<]*)</${name}>`), `<${name}>$1</${name}><${name}>$1</${name}>`),
        what: `two of ${name}`,
      }),
      () => ({ text: body.replace(`</${name}>`, ''), what: `${name} that does not end` }),
    ]),
  ]
  // A list without items has no element of its own to end.
  const made = ways.map((way) => way()).filter(({ text }) => text !== body)
  return body === '' || made.length === 0 ? undefined : random.pick(made)
}
