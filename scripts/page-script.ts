import { build, type Plugin } from 'esbuild';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Bundles the elements and the page into the scripts that the status page loads, by name. `isReadable` leaves names and
 * white space as they are and adds a source map, so that coverage can be told of the sources.
 */
export async function bundlePage({ isReadable = false } = {}): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    entryPoints: { page: `${root}src/elements/page/main.ts` },
    outdir: `${root}page`,
    splitting: true,
    chunkNames: '[name]-[hash]',
    bundle: true,
    minify: !isReadable,
    sourcemap: isReadable ? 'inline' : false,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['production', 'browser'],
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    preserveSymlinks: true,
    absWorkingDir: root,
    plugins: isReadable ? [] : [squeezedTemplates],
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]));
}

/** Styles are written to be read; what the browser gets has no needless white space. */
const squeezedTemplates: Plugin = {
  name: 'css-in-templates',
  setup(bundle) {
    bundle.onLoad({ filter: /elements[/\\].*\.ts$/ }, async ({ path }) => {
      const { readFile } = await import('node:fs/promises');
      const text = await readFile(path, 'utf8');
      return { contents: squeezeTemplates(text), loader: 'ts' };
    });
  },
};

/** Takes needless white space out of `css` and `html` templates: all indentation, and what CSS can do without. */
export function squeezeTemplates(source: string): string {
  return (
    source
      // In front of a tag, an attribute or a value a space is as good as a line break, and compresses better.
      .replaceAll(/\n\s+(?=<[a-z/]|[@.?]?[a-z-]+=[^=>]|\$\{|>)/gu, ' ')
      .replaceAll(/\n\s+/gu, '\n')
      .replaceAll(/css`([^`]*)`/gu, (_, css: string) => `css\`${squeezeCss(css)}\``)
  );
}

function squeezeCss(css: string): string {
  return css
    .replaceAll(/\/\*.*?\*\//gsu, '')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/\s*([{};,>])\s*/gu, '$1')
    .replaceAll(/:\s+/gu, ':')
    .replaceAll(';}', '}');
}
