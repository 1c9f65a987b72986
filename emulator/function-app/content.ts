// Deployed files: a folder or a zip becomes a folder of its own, so that later changes to the original are not seen.
import { cp, mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join, normalize, sep } from 'node:path'
import { unzipSync } from 'fflate'

/** Copies or unzips into a new folder below `root` and returns it. Throws when the zip is none or leaves its folder. */
export async function placeContent(root: string, content: string | Buffer): Promise<string> {
  const place = await mkdtemp(join(root, 'content-'))
  const isFolder = typeof content === 'string' && (await stat(content)).isDirectory()
  if (isFolder) await cp(content, place, { recursive: true })
  else await unzip(place, typeof content === 'string' ? await readFile(content) : content)
  return place
}

async function unzip(place: string, zip: Buffer): Promise<void> {
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    const file = normalize(join(place, name))
    if (!file.startsWith(place + sep)) throw new Error(`The zip has an entry outside its folder: '${name}'.`)
    if (name.endsWith('/')) continue
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, bytes)
  }
}
