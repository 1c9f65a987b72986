import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { declaredLicences } from './declared-licences.ts'
import { readJson, root } from './project.ts'

type PackageJson = { readonly name: string; readonly version: string; readonly license?: string }

/**
 * The text of ThirdPartyNotices.txt: name, version and licence text of every npm package in the bundles of `what`. Throws where
 * a package ships no licence text, because it may not be redistributed then.
 */
export function thirdPartyNotices(packageFolders: readonly string[], what = 'This extension'): string {
  const missing: string[] = []
  const parts = [...new Set(packageFolders)].sort().map((folder) => {
    const { name, version, license } = readJson(join(root, folder, 'package.json')) as PackageJson
    const text = licenceText(join(root, folder)) ?? declaredLicences[name]
    if (text === undefined) missing.push(`${name}@${version}`)
    return [`${name} ${version} (${license ?? 'see below'})`, '', text ?? ''].join('\n')
  })
  if (missing.length > 0) {
    throw new Error(`No licence text was found in ${missing.join(', ')}. A package without one can't be shipped.`)
  }
  const line = `\n\n${'-'.repeat(100)}\n\n`
  const head = `${what} contains the following third-party software, each under the licence given with it.`
  return `${[head, ...parts].join(line)}\n`
}

/** The licence of a package, or the part of its readme that is headed "License"; undefined where there is neither. */
export function licenceText(folder: string): string | undefined {
  const files = readdirSync(folder)
  const licence = files.find((file) => /^(licen[cs]e|copying)(\..*)?$/i.test(file))
  if (licence !== undefined) return textOf(join(folder, licence))
  const readme = files.find((file) => /^readme(\..*)?$/i.test(file))
  const part = readme === undefined ? undefined : licencePart(textOf(join(folder, readme)))
  // A link to a licence is not its text.
  return part !== undefined && part.length > 400 ? part : undefined
}

/** Below `## License`, or `License` underlined, up to the next heading. */
function licencePart(readme: string): string | undefined {
  return /^(?:#+ *licen[cs]e *|licen[cs]e *\n[-=]+)\n([\s\S]*?)(?=^#|(?![\s\S]))/im.exec(readme)?.[1]?.trim()
}

function textOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r\n/g, '\n').trim()
}
