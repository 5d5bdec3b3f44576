import { build } from 'esbuild';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles the elements and the page into the scripts that the status page loads, by name. */
export async function bundlePage(): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    entryPoints: { page: `${root}src/elements/page/main.ts` },
    outdir: `${root}page`,
    splitting: true,
    chunkNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['production', 'browser'],
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    preserveSymlinks: true,
    absWorkingDir: root,
    plugins: [
      {
        // Styles are written to be read; what the browser gets has no needless white space.
        name: 'css-in-templates',
        setup(bundle) {
          bundle.onLoad({ filter: /elements[/\\].*\.ts$/ }, async ({ path }) => {
            const { readFile } = await import('node:fs/promises');
            const text = await readFile(path, 'utf8');
            return { contents: squeezeTemplates(text), loader: 'ts' };
          });
        },
      },
    ],
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]));
}

/** Takes needless white space out of `css` and `html` templates: all indentation, and what CSS can do without. */
export function squeezeTemplates(source: string): string {
  return source
    .replaceAll(/\n\s+/gu, '\n')
    .replaceAll(/css`([^`]*)`/gu, (_, css: string) => `css\`${squeezeCss(css)}\``);
}

function squeezeCss(css: string): string {
  return css
    .replaceAll(/\/\*.*?\*\//gsu, '')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/\s*([{};,>])\s*/gu, '$1')
    .replaceAll(/:\s+/gu, ':')
    .replaceAll(';}', '}');
}
