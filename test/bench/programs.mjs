/** Two builds of a Go program that differ in a few lines, in build contexts of their own. */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { cache } from './places.mjs';

/** The program serves HTTP, reads archives and prints templates: some 15 MB of the standard library. `round` changes what the linker lays out. */
const source = (round) => `package main

import (
	"archive/tar"
	"archive/zip"
	"crypto/tls"
	"database/sql"
	"debug/elf"
	"encoding/json"
	"fmt"
	"go/parser"
	"html/template"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httputil"
	"net/rpc"
	"os"
	"regexp"
)

var kept = []any{tar.NewReader, zip.NewReader, tls.Dial, sql.Open, elf.Open, json.Marshal, parser.ParseFile, template.New, jpeg.Decode, png.Decode, http.Get, httputil.DumpRequest, rpc.Dial, regexp.MustCompile}

${round === 2 ? 'func added(words []string) (total int) {\n\tfor at, word := range words {\n\t\ttotal += len(word) * (at + 7)\n\t}\n\treturn total\n}\n' : ''}
func main() {
	fmt.Println("round ${round}", len(kept)${round === 2 ? ', added(os.Args), http.ListenAndServe(":0", nil)' : ', len(os.Args)'})
}
`;

/** @returns two folders */
export function programPair() {
  return [1, 2].map((round) => {
    const folder = join(cache, `programs-${round}`);
    const program = join(folder, 'bin', 'program');
    if (existsSync(program)) return folder;
    const work = join(cache, `programs-source-${round}`);
    mkdirSync(work, { recursive: true });
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(work, 'go.mod'), 'module bench/program\n\ngo 1.19\n');
    writeFileSync(join(work, 'main.go'), source(round));
    const env = {
      PATH: `${process.env.PATH}:/usr/local/go/bin`,
      CGO_ENABLED: '0',
      GOTOOLCHAIN: 'local',
    };
    execaSync('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', program, '.'], {
      cwd: work,
      env,
      stdio: 'inherit',
    });
    cpSync(join(work, 'main.go'), join(folder, 'main.go'));
    writeFileSync(join(folder, 'Kubefile'), 'FROM scratch\nCOPY . .\n');
    return folder;
  });
}
