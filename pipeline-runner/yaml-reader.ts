import type { Document, Node } from 'yaml'
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml'

/** A place in the pipeline file, read strictly: what is not understood is refused by name and line. */
export class YamlNode {
  readonly line: number
  /** How messages call it: the key it stands under. */
  readonly name: string
  private readonly node: unknown
  private readonly lines: LineCounter

  constructor(node: unknown, name: string, at: { lines: LineCounter; line: number }) {
    this.node = node
    this.name = name
    this.lines = at.lines
    this.line = at.line
  }

  /** The text of a scalar as it is written: `1.0` stays `1.0`, and nothing is the empty text. */
  text(): string {
    if (this.node === null) return ''
    if (!isScalar(this.node)) throw this.refusal('must be a single value')
    const { value, source, type } = this.node
    const plain = type === 'PLAIN' && source !== undefined ? source : typeof value === 'string' ? value : ''
    if (plain.includes('${{'))
      throw this.refusal("has a template expression '${{ }}', which is not understood by the local runner")
    return plain
  }

  boolean(): boolean {
    const text = this.text().toLowerCase()
    if (text !== 'true' && text !== 'false') throw this.refusal(`must be true or false, not '${text}'`)
    return text === 'true'
  }

  /** A whole number of at least 0. */
  wholeNumber(): number {
    const text = this.text()
    if (!/^\d{1,9}$/.test(text)) throw this.refusal(`must be a whole number, not '${text}'`)
    return Number(text)
  }

  isMap(): boolean {
    return isMap(this.node)
  }

  isList(): boolean {
    return isSeq(this.node)
  }

  items(): YamlNode[] {
    if (!isSeq(this.node)) throw this.refusal('must be a list')
    return this.node.items.map((item) => this.child(item, this.name))
  }

  /** The entries of a mapping, in order. */
  entries(): [key: string, value: YamlNode][] {
    if (!isMap(this.node)) throw this.refusal('must be a mapping')
    return this.node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : '?'
      if (name.includes('${{'))
        throw this.refusal("has a template expression '${{ }}', which is not understood by the local runner")
      return [name, this.child(value, name, key)]
    })
  }

  /** A mapping that may have only these keys. */
  fields<Key extends string>(known: readonly Key[]): Partial<Record<Key, YamlNode>> {
    const fields: Partial<Record<Key, YamlNode>> = {}
    for (const [name, value] of this.entries()) {
      const key = known.find((candidate) => candidate === name)
      if (key === undefined) throw value.notUnderstood()
      fields[key] = value
    }
    return fields
  }

  notUnderstood(): Error {
    return new Error(`'${this.name}' (line ${this.line}) is not understood by the local runner.`)
  }

  refusal(what: string): Error {
    return new Error(`'${this.name}' (line ${this.line}) ${what}.`)
  }

  private child(node: unknown, name: string, key: unknown = node): YamlNode {
    const at = [key, node].find((candidate) => isPlaced(candidate))
    const line = isPlaced(at) ? this.lines.linePos(at.range[0]).line : this.line
    return new YamlNode(node, name, { lines: this.lines, line })
  }
}

/**
 * Reads the text of a YAML file.
 * @throws Error with the line when it is not YAML.
 */
export function readYaml(text: string): YamlNode {
  const lines = new LineCounter()
  const document: Document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [problem] = document.errors
  if (problem) {
    const { line } = lines.linePos(problem.pos[0])
    throw new Error(`The pipeline is not valid YAML (line ${line}): ${problem.message.replace(/\.$/, '')}.`)
  }
  return new YamlNode(document.contents, 'pipeline', { lines, line: 1 })
}

function isPlaced(node: unknown): node is Node & { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}
