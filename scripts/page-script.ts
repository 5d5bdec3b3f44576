import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles the elements and the page into the one script that `GET /` serves. */
export async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}src/elements/page/main.ts`],
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
  return outputFiles[0]?.text ?? '';
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
