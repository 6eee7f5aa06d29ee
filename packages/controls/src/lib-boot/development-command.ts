/** What stands before the program that is meant: variables, runners with their options, and how a file or shell is run. */
const BEFORE = String.raw`(?:(?:\w+=\S*|(?:gosu|su-exec|timeout|-[un])\s+\S+|-{1,2}[\w-]+(?:=\S*)?|env|cross-env|exec|nohup|time|sudo|npx|bunx|pnpx|npm|pnpm|yarn|bun|dlx|x|run|bundle|poetry|uv|pipenv|pdm|node|deno|php|ruby|python[\d.]*|tini|dumb-init|concurrently|(?:\S*\/)?(?:ba|da|z|a)?sh)\s+)*`
/** Where a program is started: at the beginning of a command, by its name or by its path. */
const PROGRAM = String.raw`^${BEFORE}(?:\S*\/)?`
/** A word of a command, by itself or as the last part of a path. */
const WORD = String.raw`(?:^|[\s/])`
const END = String.raw`(?=\s|$)`

const rule = (...parts: string[]): RegExp => new RegExp(parts.join(''), 'i')

/** Programs and flags that watch files, reload, or serve a development build, each looked for in one command. */
const DEVELOPMENT: readonly RegExp[] = [
  // Names that mean nothing else.
  rule(WORD, String.raw`(?:nodemon|ts-node-dev|tsnd|webpack-dev-server|live-server)(?:\.js)?`, END),
  rule(WORD, String.raw`tsx\s+watch`, END),
  rule(
    WORD,
    String.raw`(?:next|nuxt|nuxi|astro|remix|react-router|vinxi|wrangler|quarkus|fastapi)(?:\.m?js)?\s+dev`,
    END,
  ),
  rule(WORD, String.raw`(?:gatsby|strapi)(?:\.js)?\s+develop`, END),
  rule(WORD, String.raw`(?:ng|vue-cli-service|webpack|webpack-cli|parcel)(?:\.js)?\s+serve`, END),
  rule(WORD, String.raw`react-scripts(?:\.js)?\s+start`, END),
  rule(WORD, String.raw`manage\.py\s+runserver`, END),
  rule(WORD, String.raw`artisan\s+serve`, END),
  rule(WORD, String.raw`(?:dotnet|cargo)[\s-]watch`, END),
  rule(WORD, String.raw`flask\s+(?:\S+\s+)*--debug`, END),
  // Names that are words, folders or libraries as well: only where the program stands.
  rule(PROGRAM, String.raw`air`, String.raw`(?=\s*$|\s+-c\s|\s+--?[\w.]+)`),
  rule(
    PROGRAM,
    String.raw`reflex\s+(?:--?(?:regex|glob|inverse-regex|inverse-glob|start-service|config)\b|-[rgRGsc]${END})`,
  ),
  // Their bare forms are `dev`; with a word after the options it is that word's command.
  rule(
    PROGRAM,
    String.raw`(?:vite|next)(?:\.m?js)?(?:\s+(?:dev|serve)${END}|\s*$|(?=\s+-)(?!.*\s(?:build|preview|optimize|start|export|lint|info|--?v(?:ersion)?|--?h(?:elp)?)${END}))`,
  ),
  // Rails' and Rack's servers say nothing of a mode by themselves.
  rule(
    WORD,
    String.raw`(?:rails\s+(?:server|s)|puma|rackup|unicorn|thin\s+start|passenger\s+start)(?:\s+\S+)*?\s+(?:-e\s*|--env(?:ironment)?[=\s]\s*)development`,
    END,
  ),
  rule(WORD, String.raw`(?:rackup|unicorn)(?:\s+\S+)*?\s+-E\s*development`, END),
  rule(
    String.raw`(?:^|\s)RA(?:ILS|CK)_ENV=development\s+(?:\S+\s+)*?(?:\S*\/)?(?:rails\s+(?:server|s)|puma|rackup|unicorn|thin\s+start)`,
    END,
  ),
  // Flags of any program; a flag that is set to no is off.
  rule(
    String.raw`(?:^|\s)--(?:watch(?:-path)?|reload|hot|debug|inspect(?:-brk|-wait)?)(?!=(?:false|0|no|off)${END}|\s+(?:false|off)${END})(?:=\S+)?`,
    END,
  ),
  rule(String.raw`(?:^|\s)(?:DEBUG|FLASK_DEBUG|DJANGO_DEBUG|APP_DEBUG)=(?:1|true)`, END),
]

/** Commands that only prepare: what they name is not run. */
const PREPARES =
  /^(?:\w+=\S*\s+)*(?:(?:cd|rm|cp|mv|ln|mkdir|echo|touch|chmod|chown|kill|pkill|killall)\s|(?:npm|pnpm|yarn|bun|pip3?|gem|go|cargo|apt-get|apk)\s+(?:i|ci|install|add|remove|uninstall)(?:\s|$))/i

/**
 * What in a start command belongs to development, as it is written there; null: nothing. A line of several commands
 * (`build && start`) is read command by command.
 */
export function developmentIn(command: string): string | null {
  // Each quoted word of this program is a command of its own.
  const line = /(?:^|\s)concurrently\s/.test(command) ? command.replaceAll(/["']\s+["']/g, ';') : command
  for (const part of line.replaceAll(/["'()]/g, ' ').split(/&&|\|\||[;|\n]|\s&(?=\s|$)/)) {
    const one = part.trim()
    if (PREPARES.test(one)) continue
    for (const pattern of DEVELOPMENT) {
      const match = pattern.exec(one)
      if (match) return match[0].trim()
    }
  }
  return null
}
