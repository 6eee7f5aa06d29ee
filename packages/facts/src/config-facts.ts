import type { FactName, ServiceConfig } from '@greengate/contracts'

/** What the configuration declares. It adds objects; that it does not name one says nothing. */
export function configSighting(name: FactName, config: ServiceConfig): { state: 'present'; how: string } | null {
  const key = declaredAt(name, config)
  return key === null ? null : { state: 'present', how: `configuration ${key}` }
}

function declaredAt(name: FactName, config: ServiceConfig): string | null {
  const dependency = (pattern: RegExp, kinds: readonly string[]): string | null => {
    const entry = Object.entries(config.dependencies).find(
      ([key, spec]) => kinds.includes(spec.kind) && pattern.test(key),
    )
    return entry ? `dependencies.${entry[0]}` : null
  }
  const variable = (wanted: 'required' | 'thirdParty'): string | null => {
    if (typeof config.variables === 'string') return null
    const entry = Object.entries(config.variables).find(([, spec]) => spec[wanted])
    return entry ? `variables.${entry[0]}` : null
  }
  switch (name) {
    case 'database':
      return dependency(/./, ['postgres']) ?? dependency(/db|database|sql|mongo/i, ['tcp'])
    case 'cache':
      return dependency(/cache|redis|valkey|memcache/i, ['tcp'])
    case 'queue':
      return dependency(/queue|kafka|rabbit|amqp|nats|sqs/i, ['tcp', 'http'])
    case 'upstream':
      return dependency(/./, ['http'])
    case 'http': {
      if (Object.keys(config.requests).length > 0) return 'requests'
      const { live, ready, metrics, openapi } = config.probes
      return (live ?? ready ?? metrics ?? openapi) !== undefined ? 'probes' : config.start ? 'start' : null
    }
    case 'openapi':
      return config.probes.openapi === undefined ? null : 'probes.openapi'
    case 'metrics':
      return config.probes.metrics === undefined ? null : 'probes.metrics'
    case 'sign-in':
      return config.signIn ? 'signIn' : null
    case 'third-party-credential':
      return variable('thirdParty')
    case 'required-variables':
      return variable('required')
    case 'deploy-adapter':
      return config.deploy ? 'deploy.command' : null
    case 'tests':
      return config.tree.tests ? 'tree.tests' : null
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
    case 'browser-client':
    case 'container':
    case 'git':
    case 'lockfile':
    case 'pipeline':
      // The configuration has no key that declares it.
      return null
  }
}
