import { posix } from 'node:path'
import type { ImageSize, PackageContents, Problem } from './package-contents.ts'

const taskContribution = 'ms.vss-distributed-task.task'
const categories = ['Azure Repos', 'Azure Boards', 'Azure Pipelines', 'Azure Test Plans', 'Azure Artifacts']

/** The extension's own manifest, its images and its Marketplace page. */
export function checkExtension(contents: PackageContents): Problem[] {
  const { extension, packageVersion } = contents
  const problems: Problem[] = []
  const say = (text: string) => problems.push(`vss-extension.json: ${text}`)
  if (!/^[A-Za-z0-9_-]+$/.test(extension.id)) say(`id '${extension.id}' may hold letters, digits, '_' and '-' only.`)
  if (!/^[0-9]+\.[0-9]+\.[0-9]+$/.test(packageVersion)) say(`version '${packageVersion}' is not major.minor.patch.`)
  if (extension.version !== packageVersion) {
    say(`version '${extension.version ?? ''}' is not that of package.json, '${packageVersion}'.`)
  }
  const length = extension.description?.length ?? 0
  if (length === 0 || length > 200) say(`description has ${length} characters; 1 to 200 are allowed.`)
  if (!extension.categories?.length || !extension.categories.every((each) => categories.includes(each))) {
    say(`categories '${(extension.categories ?? []).join(', ')}' are not ones the Marketplace knows.`)
  }
  if (!extension.targets?.some(({ id }) => id === 'Microsoft.VisualStudio.Services')) {
    say('targets lacks Microsoft.VisualStudio.Services.')
  }
  for (const file of [...Object.values(extension.content ?? {}), ...(extension.files ?? [])]) {
    if (!contents.files.some((each) => each === file.path || each.startsWith(`${file.path}/`))) {
      say(`'${file.path}' is not there.`)
    }
  }
  for (const file of extension.files ?? []) {
    if (file.addressable && file.path.startsWith('tasks'))
      say(`'${file.path}' is addressable: any visitor could read it.`)
  }
  return [
    ...problems,
    ...checkContributions(contents),
    ...checkImages(contents),
    ...checkOverview(contents),
    ...checkVersions(contents),
  ]
}

/** Contributions and task folders match both ways: a folder without one is never installed. */
function checkContributions({ extension, tasks }: PackageContents): Problem[] {
  const contributed = (extension.contributions ?? []).filter(({ type }) => type === taskContribution)
  const names = contributed.map(({ properties }) => properties?.name ?? '')
  const folders = [...new Set(tasks.map(({ task }) => `tasks/${task}`))]
  const ids = (extension.contributions ?? []).map(({ id }) => id)
  const files = (extension.files ?? []).map(({ path }) => path)
  return [
    ...names.filter((name) => !folders.includes(name)).map((name) => `contributes '${name}', which is no task folder.`),
    ...folders.filter((folder) => !names.includes(folder)).map((folder) => `does not contribute '${folder}'.`),
    ...folders.filter((folder) => !files.includes(folder)).map((folder) => `does not list '${folder}' in files.`),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `contribution id '${id}' is used twice.`),
    ...contributed
      .filter(({ targets }) => !targets?.includes('ms.vss-distributed-task.tasks'))
      .map(({ id }) => `contribution '${id}' does not target ms.vss-distributed-task.tasks.`),
  ].map((text) => `vss-extension.json: ${text}`)
}

/** Sizes that the Marketplace (128) and the task lists (32) show without scaling. */
function checkImages({ extension, tasks, imageSizes }: PackageContents): Problem[] {
  const wanted = [
    { path: extension.icons?.default ?? 'icons.default', side: 128 },
    ...tasks.map(({ path }) => ({ path: `${path}/icon.png`, side: 32 })),
  ]
  return wanted.flatMap(({ path, side }) => {
    const size: ImageSize | undefined = imageSizes[path]
    if (!size) return [`${path} is missing, or not a PNG.`]
    if (size.width === side && size.height === side) return []
    return [`${path} is ${size.width}x${size.height}; ${side}x${side} is wanted.`]
  })
}

/** Links and images of overview.md that are not absolute must be in the package, and images addressable. */
function checkOverview({ overview, files, extension }: PackageContents): Problem[] {
  const addressable = (extension.files ?? []).filter((file) => file.addressable).map(({ path }) => path)
  const anchors = [...overview.matchAll(/^#+ +(.*)$/gm)].map((match) => anchorOf(match[1] ?? ''))
  return [...overview.matchAll(/(!?)\[[^\]]*\]\(([^)\s]+)[^)]*\)/g)].flatMap((match) => {
    const [, image, target = ''] = match
    if (/^(https:|mailto:)/.test(target)) return []
    if (target.startsWith('#')) {
      return anchors.includes(target.slice(1)) ? [] : [`overview.md: '${target}' is no heading of the page.`]
    }
    const path = posix.normalize(target)
    if (!files.includes(path)) return [`overview.md: '${target}' is not in the package.`]
    const served = addressable.some((each) => path === each || path.startsWith(`${each}/`))
    return image && !served ? [`overview.md: image '${target}' is not addressable, so that it would not show.`] : []
  })
}

/** Minor and Patch of each task follow the extension, so that one number names what runs. */
function checkVersions({ tasks, packageVersion }: PackageContents): Problem[] {
  const tail = packageVersion.split('.').slice(1).join('.')
  return tasks
    .filter(({ manifest: { version } }) => `${version.Minor}.${version.Patch}` !== tail)
    .map(
      ({ path }) =>
        `${path}/task.json: its minor and patch version are not those of package.json, '${packageVersion}'.`,
    )
}

/** The anchor that Markdown renderers give a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 _-]/g, '')
    .trim()
    .replaceAll(' ', '-')
}
