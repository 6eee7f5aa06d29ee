import { isBuiltin } from 'node:module'
import {
  FACT_NAMES,
  type Fact,
  type FactName,
  type ServiceConfig,
  type TreePort,
  invariant,
} from '@greengate/contracts'
import { configSighting } from './config-facts.ts'
import { type DeclaredVariables, declaredVariables } from './declared-variables.ts'
import { NODE_PACKAGES, PYTHON_PACKAGES, type PackageFact, isKnown } from './known-packages.ts'
import { type Scan, scanTree } from './scan.ts'

const DETECTOR = 'greengate-facts@1'

/** What one detector says; null: it has nothing to say about this. */
export type Sighting = { readonly state: Fact['state']; readonly how: string } | null

export interface DetectOptions {
  /** Null if there is no tree: then only what the configuration declares is known. */
  readonly tree: TreePort | null
  readonly config: ServiceConfig | null
  /** Target that the facts are about. */
  readonly target: string
}

/**
 * All facts about a service. `present` names the place; `absent` is said only where the whole tree is of a kind whose
 * dependencies and imports were read; everything else is `unknown`. The configuration adds objects and never removes one.
 */
export async function detectFacts(options: DetectOptions): Promise<Fact[]> {
  const scan = options.tree ? await scanTree(options.tree) : null
  const registry = await declaredVariables(options.tree, options.config)
  const facts = new Map<FactName, Fact>()
  for (const name of FACT_NAMES) {
    const declared = options.config ? configSighting(name, options.config) : null
    const seen =
      declared?.state === 'present'
        ? declared
        : scan && options.tree
          ? treeSighting(name, options.tree, scan, registry)
          : null
    const sighting = seen ?? {
      state: 'unknown' as const,
      how: options.tree ? 'nothing looks for it in a tree yet' : 'there is no tree to look in',
    }
    facts.set(name, { name, target: options.target, detector: DETECTOR, ...sighting })
  }
  facts.set('dependency', anyDependency(options, facts))
  facts.set('optional-dependency', optionalDependency(options, facts))
  return FACT_NAMES.map((name) => {
    const fact = facts.get(name)
    invariant(fact, `every fact is decided: ${name}`)
    return fact
  })
}

/** An object that was seen at work, whatever was said about it before. */
export interface RuntimeSight {
  readonly name: FactName
  /** "a connection to port 5432 while it started" */
  readonly how: string
}

/** Facts after what was seen at run time: an object that was seen is present, also where a detector said absent. */
export function contradict(facts: readonly Fact[], seen: readonly RuntimeSight[]): Fact[] {
  return facts.map((fact) => {
    const sight = seen.find((candidate) => candidate.name === fact.name)
    if (!sight || fact.state === 'present') return fact
    return {
      ...fact,
      state: 'present',
      detector: 'run-time@1',
      how: `seen at run time: ${sight.how}; before: ${fact.state}, ${fact.how}`,
    }
  })
}

function treeSighting(name: FactName, tree: TreePort, scan: Scan, registry: DeclaredVariables | null): Sighting {
  switch (name) {
    case 'database':
      return databaseSighting(tree, scan, registry)
    case 'cache':
    case 'queue':
    case 'upstream':
    case 'http':
    case 'openapi':
    case 'sign-in':
    case 'browser-client':
    case 'metrics':
      return packageSighting(name, tree, scan)
    case 'third-party-credential':
      return credentialSighting(tree, scan, registry)
    case 'git':
      if (tree.commit !== '' || tree.gitDir !== null)
        return { state: 'present', how: tree.commit ? `commit ${tree.commit}` : 'a git repository without a commit' }
      return { state: 'absent', how: 'the tree is in no git repository' }
    case 'lockfile':
      return fileSighting(
        tree,
        scan,
        LOCKFILES,
        'lock file',
        /(?:^|\/)(?:pom\.xml|build\.gradle(?:\.kts)?|[^/]+\.csproj)$/,
      )
    case 'pipeline':
      return fileSighting(tree, scan, PIPELINES, 'pipeline definition', null)
    case 'container':
      return fileSighting(
        tree,
        scan,
        CONTAINERS,
        'container definition',
        /(?:^|\/)(?:pom\.xml|build\.gradle(?:\.kts)?|go\.mod|[^/]+\.csproj)$/,
      )
    case 'tests':
      return fileSighting(tree, scan, TESTS, 'test file', /\.(?:rs|go|java|kt|rb|php|cs|ex|exs)$/)
    case 'required-variables':
      return variablesSighting(scan)
    case 'deploy-adapter':
      return {
        state: 'unknown',
        how: 'no `deploy.command` in the configuration: how the service is deployed is not known',
      }
    case 'api-keys':
    case 'billing':
    case 'cms':
    case 'dependency':
    case 'mobile-client':
    case 'object-storage':
    case 'optional-dependency':
    case 'payments':
    case 'personal-data':
    case 'provisioning':
    case 'push':
    case 'signed-tokens':
    case 'single-sign-on':
    case 'tenants':
    case 'uploads':
    case 'usage-metering':
    case 'webhook':
      // Not looked for in a tree, or derived from other facts: unknown, never absent.
      return null
  }
}

const LOCKFILES =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|uv\.lock|poetry\.lock|pdm\.lock|Pipfile\.lock|pylock(?:\.[\w-]+)?\.toml|go\.sum|Cargo\.lock|Gemfile\.lock|composer\.lock|gradle\.lockfile|packages\.lock\.json|mix\.lock)$/
const PIPELINES =
  /^(?:\.github\/workflows\/[^/]+\.ya?ml|\.(?:forgejo|gitea)\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.circleci\/config\.ya?ml|Jenkinsfile[^/]*|azure-pipelines[^/]*\.ya?ml|\.azure-pipelines\/.+|bitbucket-pipelines\.ya?ml|\.drone\.ya?ml|\.woodpecker(?:\.ya?ml|\/.+)|\.buildkite\/.+|\.travis\.ya?ml|\.tekton\/.+|cloudbuild\.ya?ml|\.ci\/.+|appveyor\.ya?ml|buildspec\.ya?ml|\.semaphore\/.+|dagger\.json|wercker\.yml|\.teamcity\/.+)$/i
const CONTAINERS =
  /(?:^|\/)(?:(?:[\w.-]*\.)?(?:Dockerfile|Containerfile)(?:\.[\w-]+)?|project\.toml|ko\.yaml|\.ko\.yaml|skaffold\.yaml|(?:docker-)?compose[\w.-]*\.ya?ml)$|^Procfile$/i
const TESTS =
  /\.(?:test|spec)\.[cm]?[jt]sx?$|(?:^|\/)(?:__tests__|tests?)\/.+\.(?:[cm]?[jt]sx?|py|rs|php|rb)$|(?:^|\/)test_[^/]*\.py$|_test\.(?:py|go)$|Tests?\.(?:java|kt|cs)$|_(?:spec|test)\.rb$|(?:^|\/)test\.[cm]?js$/

/** What is known by the names of files alone; `blindTo`: files beside which it may exist in another form. */
function fileSighting(tree: TreePort, scan: Scan, pattern: RegExp, what: string, blindTo: RegExp | null): Sighting {
  const found = tree.files.find(
    (file) => pattern.test(file.path) && !/(?:^|\/)(?:node_modules|fixtures?)\//.test(file.path),
  )
  if (found) return { state: 'present', how: `${found.path} is there` }
  const other = blindTo ? tree.files.find((file) => blindTo.test(file.path)) : undefined
  if (other)
    return {
      state: 'unknown',
      how: `no ${what} by a usual name, but beside ${other.path} there may be one of another form`,
    }
  if (scan.blind[0]) return { state: 'unknown', how: `no ${what} was seen, and ${scan.blind[0]}` }
  return { state: 'absent', how: `none of ${tree.files.length} files is a ${what}` }
}

const PATTERNS: Partial<Record<PackageFact, { files?: RegExp; routes?: RegExp; env?: RegExp }>> = {
  database: { files: /(?:^|\/)(?:prisma\/schema\.prisma|migrations\/.+\.sql|alembic\.ini)$/, env: /^(?:DATABASE_URL|DB_(?:HOST|URL|NAME)|PGHOST|POSTGRES_\w+|MYSQL_\w+|MONGO\w*_UR[LI]|DATABASE_\w+)$/ },
  cache: { env: /^(?:REDIS|VALKEY|MEMCACHED?)_?\w*$/ },
  queue: { env: /^(?:AMQP|RABBITMQ|KAFKA|SQS|NATS|CELERY)_?\w*$/ },
  upstream: { env: /^(?!DATABASE|DB|PG|POSTGRES|REDIS|SELF|PUBLIC|BASE|APP|SITE|SERVER|FRONTEND|CALLBACK|REDIRECT|ROOT|HELP|DOCS?|ERROR)[A-Z0-9_]+_(?:API_URL|BASE_URL|ENDPOINT|SERVICE_URL)$/ },
  openapi: { files: /(?:^|\/)(?:openapi|swagger)[\w.-]*\.(?:json|ya?ml)$/i, routes: /^\/(?:[\w./-]*\/)?(?:openapi|swagger|api-docs|v\d+\/api-docs)(?:\.(?:json|ya?ml))?$/ },
  'sign-in': { routes: /\/(?:log-?in|sign-?in|sessions?|authenticate|auth\/(?:token|password|local))$/i },
  'browser-client': { files: /\.(?:html|htm|ejs|pug|hbs|jinja2?|j2|jsx|tsx|vue|svelte|astro)$/ },
  metrics: { routes: /\/(?:metrics|prometheus)$/ },
  'third-party-credential': { env: /^(?:STRIPE|SENDGRID|TWILIO|MAILGUN|POSTMARK|RESEND|SLACK|GITHUB|GITLAB|OPENAI|ANTHROPIC|AWS|GOOGLE|GCP|AZURE|SENTRY|MAIL|SMTP|PAYPAL|BRAINTREE|PLAID|ALGOLIA|DATADOG|FIREBASE|AUTH0|CLERK|S3|MAPBOX)_?\w*(?:KEY|TOKEN|SECRET|PASSWORD|DSN|CREDENTIALS)\w*$|_API_KEY$|_ACCESS_KEY(?:_ID)?$|_CLIENT_SECRET$/ },
} // prettier-ignore

function packageSighting(name: PackageFact, tree: TreePort, scan: Scan): Sighting {
  const node = NODE_PACKAGES[name]
  const python = PYTHON_PACKAGES[name]
  const depends =
    scan.nodeDependencies.find((mention) => isKnown(mention.name, node)) ??
    scan.pythonDependencies.find((mention) => isKnown(mention.name, python))
  if (depends) return { state: 'present', how: `${depends.where} depends on ${depends.name}` }
  const imported = scan.imports.find((mention) => isKnown(mention.name, mention.where.includes('.py:') ? python : node))
  if (imported) return { state: 'present', how: `${imported.where} imports ${imported.name}` }
  const patterns = PATTERNS[name] ?? {}
  const call = name === 'upstream' ? scan.calls.find((mention) => mention.name === 'fetch') : undefined
  if (call) return { state: 'present', how: `${call.where} calls ${call.name}()` }
  const file = patterns.files
    ? tree.files.find((entry) => patterns.files?.test(entry.path) && !ASIDE.test(entry.path))
    : undefined
  if (file) return { state: 'present', how: `${file.path} is there` }
  const route = patterns.routes ? scan.routes.find((mention) => patterns.routes?.test(mention.name)) : undefined
  if (route) return { state: 'present', how: `${route.where} names the path ${route.name}` }
  const variable = patterns.env ? scan.env.find((mention) => patterns.env?.test(mention.name)) : undefined
  if (variable) return { state: 'present', how: `${variable.where} names the variable ${variable.name}` }
  return notSeen(name, scan, [...node, ...python])
}

const ASIDE = /(?:^|\/)(?:node_modules|docs?|coverage|fixtures?|tests?|__tests__|examples?)\//i

/**
 * Besides what shows it in the source, a registry in the tree: what it calls third-party is there, whatever reads it. That it
 * calls nothing so answers only for names that the source does not write; a name that is usual for one counts all the same.
 */
function credentialSighting(tree: TreePort, scan: Scan, registry: DeclaredVariables | null): Sighting {
  const name = 'third-party-credential'
  const declared = registry?.thirdParty[0] ?? registry?.names.find((variable) => PATTERNS[name]?.env?.test(variable))
  if (registry && declared !== undefined)
    return { state: 'present', how: `${registry.where} declares the variable ${declared}` }
  if (!registry) return packageSighting(name, tree, scan)
  const calls = scan.calls.filter((mention) => mention.name !== 'process.env')
  const sighting = packageSighting(name, tree, { ...scan, calls })
  if (sighting?.state !== 'absent' || calls.length === scan.calls.length) return sighting
  return {
    state: 'absent',
    how: `${sighting.how}, and ${registry.where} says of each of ${registry.names.length} variables that it is none`,
  }
}

/**
 * A driver that only another package needs is used by nobody who has no address to hand it: a registry in the tree whose every
 * address is one of HTTP answers for that. What the source itself imports or names counts before.
 */
function databaseSighting(tree: TreePort, scan: Scan, registry: DeclaredVariables | null): Sighting {
  const sighting = packageSighting('database', tree, scan)
  if (sighting?.state !== 'unknown' || !registry?.httpOnly) return sighting
  const drivers = [...NODE_PACKAGES.database, ...PYTHON_PACKAGES.database]
  const others = scan.locked && new Map([...scan.locked].filter(([name]) => !isKnown(name, drivers)))
  const without = packageSighting('database', tree, { ...scan, locked: others })
  if (without?.state !== 'absent') return sighting
  return {
    state: 'absent',
    how: `${without.how}, and none of ${registry.names.length} variables in ${registry.where} takes the address of a database`,
  }
}

/** Nothing was seen: absent only if everything that could have shown it was read. */
function notSeen(name: PackageFact, scan: Scan, known: readonly string[]): Sighting {
  if (!scan.node && !scan.python) {
    return {
      state: 'unknown',
      how: scan.foreign[0]
        ? `${scan.foreign[0]}: this kind of tree is not understood`
        : 'the tree holds neither Node nor Python',
    }
  }
  if (scan.foreign[0])
    return {
      state: 'unknown',
      how: `not seen in Node or Python, and ${scan.foreign[0]} is of a kind that is not understood`,
    }
  if (scan.blind[0]) return { state: 'unknown', how: `not seen, and ${scan.blind[0]}` }
  const hidden =
    name === 'third-party-credential' ? scan.calls.find((mention) => mention.name === 'process.env') : undefined
  if (hidden)
    return {
      state: 'unknown',
      how: `not seen, but ${hidden.where} reads variables by names that are not written there`,
    }
  const through = scan.locked ? [...scan.locked].find(([installed]) => isKnown(installed, known)) : undefined
  if (through)
    return {
      state: 'unknown',
      how: `${through[1]} installs ${through[0]} through another package; whether it is used can't be seen`,
    }
  const direct = scan.nodeDependencies.length + scan.pythonDependencies.length
  if (
    scan.python &&
    !scan.locked &&
    scan.pythonDependencies.length === 0 &&
    !declaresNoDependencies(scan) &&
    scan.imports.some((mention) => mention.where.includes('.py:'))
  ) {
    return { state: 'unknown', how: 'not seen, but no manifest and no lock file says what the Python source imports' }
  }
  const foreignImport = scan.imports.find((mention) => !mention.where.includes('.py:') && !isBuiltin(mention.name))
  if (!scan.locked && direct === 0 && foreignImport) {
    return {
      state: 'unknown',
      how: `not seen, but no manifest and no lock file says what ${foreignImport.name} (${foreignImport.where}) is`,
    }
  }
  if (!scan.locked && direct > 0) {
    return {
      state: 'unknown',
      how: `no direct dependency is one, and without a lock file what ${direct} dependencies install can't be seen`,
    }
  }
  return {
    state: 'absent',
    how: `${direct} direct and ${scan.locked?.size ?? 0} installed dependencies and ${scan.imports.length} imports were read; none is one`,
  }
}

/** A pyproject with a `[project]` table whose dependencies are written there says so itself when there are none. */
function declaresNoDependencies(scan: Scan): boolean {
  return scan.pyprojects.some(({ json }) => {
    const project = json['project']
    if (typeof project !== 'object' || project === null) return false
    const { dynamic, dependencies = [] } = project as { dynamic?: unknown; dependencies?: unknown }
    const isDynamic = Array.isArray(dynamic) && dynamic.includes('dependencies')
    return !isDynamic && Array.isArray(dependencies) && dependencies.length === 0
  })
}

function variablesSighting(scan: Scan): Sighting {
  const read = scan.env.filter((mention) => !/^(?:NODE_ENV|CI|DEBUG|PATH|HOME|TZ|LANG|NO_COLOR)$/.test(mention.name))
  const first = read[0]
  if (first) {
    return {
      state: 'unknown',
      how: `${first.where} names ${first.name}, ${read.length} variables in all; which are required is not declared`,
    }
  }
  return notSeen('third-party-credential', scan, [
    'dotenv',
    'env-schema',
    'envalid',
    'convict',
    'config',
    'nconf',
    'pydantic-settings',
    'python-dotenv',
    'environs',
  ])
}

const DEPENDENCIES = ['database', 'cache', 'queue', 'upstream'] as const

/** Derived: present if any kind of dependency is, absent only if every kind is. */
function anyDependency(options: DetectOptions, facts: ReadonlyMap<FactName, Fact>): Fact {
  const base = { name: 'dependency' as const, target: options.target, detector: DETECTOR }
  const declared = Object.keys(options.config?.dependencies ?? {})[0]
  if (declared !== undefined) return { ...base, state: 'present', how: `configuration dependencies.${declared}` }
  const kinds = DEPENDENCIES.flatMap((name) => facts.get(name) ?? [])
  const deciding = kinds.find((fact) => fact.state === 'present') ?? kinds.find((fact) => fact.state === 'unknown')
  if (deciding) return { ...base, state: deciding.state, how: `${deciding.name}: ${deciding.how}` }
  return { ...base, state: 'absent', how: `no database, cache, queue or upstream: ${kinds[0]?.how ?? ''}` }
}

/** Derived: every dependency there is must be declared as required before "none is optional" can be said. */
function optionalDependency(options: DetectOptions, facts: ReadonlyMap<FactName, Fact>): Fact {
  const base = { name: 'optional-dependency' as const, target: options.target, detector: DETECTOR }
  const declared = Object.entries(options.config?.dependencies ?? {})
  const optional = declared.find(([, spec]) => !spec.required)
  if (optional) return { ...base, state: 'present', how: `configuration dependencies.${optional[0]}.required is false` }
  const objects = DEPENDENCIES.map((name) => facts.get(name))
  const unsure = objects.find((fact) => fact?.state === 'unknown')
  if (unsure) return { ...base, state: 'unknown', how: `whether there is a ${unsure.name} is not known` }
  const there = objects.filter((fact) => fact?.state === 'present')
  const kinds = new Set(declared.map(([, spec]) => spec.kind))
  const missing = there.find(
    (fact) => !(fact?.name === 'database' ? kinds.has('postgres') : kinds.has('http') || kinds.has('tcp')),
  )
  if (missing)
    return {
      ...base,
      state: 'unknown',
      how: `the ${missing.name} (${missing.how}) is not declared among the dependencies`,
    }
  return {
    ...base,
    state: 'absent',
    how:
      there.length === 0
        ? 'there is no database, cache, queue or upstream'
        : `all ${declared.length} declared dependencies are required, and no other was found`,
  }
}
