// Verifier checks a log with other people's code: golang.org/x/mod/sumdb/note opens what is signed, sumdb/tlog makes and
// checks every hash and proof. Of its own it knows the paths and bundles of C2SP tlog-tiles, the three lines of a
// checkpoint and the lines of a tlog-proof, and nothing of ours.
//
//	verifier log VKEY FOLDER-OR-ADDRESS [OLDER-CHECKPOINT...]   every entry, tile and proof, and that it grew from these
//	verifier receipt VKEY TLOG-PROOF                            an inclusion receipt
//	verifier growth VKEY OLDER-CHECKPOINT CHECKPOINT PROOF      a consistency proof that somebody else made
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // Levels of the tree in one tile.

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	if len(words) < 3 {
		return errors.New("usage: verifier log|receipt|growth VKEY ...")
	}
	key, err := note.NewVerifier(words[1])
	if err != nil {
		return err
	}
	switch {
	case words[0] == "log":
		return checkLog(key, words[2], words[3:])
	case words[0] == "receipt":
		return checkReceipt(key, words[2])
	case words[0] == "growth" && len(words) == 5:
		return checkGrowth(key, words[2], words[3], words[4])
	}
	return errors.New("usage: verifier log|receipt|growth VKEY ...")
}

// checkLog looks at a whole log: its signature, every entry against the tiles, every tile against the signed root,
// proofs at the boundaries, and that it begins with each older log.
func checkLog(key note.Verifier, root string, older []string) error {
	read := source(root)
	raw, err := read("checkpoint")
	if err != nil {
		return err
	}
	tree, err := open(key, raw)
	if err != nil {
		return err
	}
	if tree.N == 0 {
		return errors.New("the log is empty")
	}
	hashes := tlog.TileHashReader(tree, tiles(read))
	leaves, err := entries(tree.N, read)
	if err != nil {
		return err
	}
	if err := compare(hashes, leaves); err != nil {
		return err
	}
	proofs, err := include(tree, hashes, leaves)
	if err != nil {
		return err
	}
	for _, path := range older {
		if err := grew(key, tree, hashes, path); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	fmt.Printf("OK %s %d entries, %d inclusion proofs, %d consistency proofs\n", key.Name(), tree.N, proofs, len(older))
	return nil
}

// open verifies a checkpoint and gives the tree that it speaks of.
func open(key note.Verifier, raw []byte) (tlog.Tree, error) {
	var tree tlog.Tree
	opened, err := note.Open(raw, note.VerifierList(key))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return tree, errors.New("the checkpoint has other than three lines")
	}
	if lines[0] != key.Name() {
		return tree, fmt.Errorf("the checkpoint is of %q", lines[0])
	}
	tree.N, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || tree.N < 0 || strconv.FormatInt(tree.N, 10) != lines[1] {
		return tree, fmt.Errorf("the checkpoint's size is %q", lines[1])
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// entries reads all bundles and hashes what is in them.
func entries(size int64, read reading) ([]tlog.Hash, error) {
	var leaves []tlog.Hash
	for int64(len(leaves)) < size {
		bundle := tlog.Tile{H: height, L: -1, N: int64(len(leaves)) >> height, W: 1 << height}
		if left := size - int64(len(leaves)); left < int64(bundle.W) {
			bundle.W = int(left)
		}
		content, err := read(path(bundle))
		if err != nil {
			return nil, err
		}
		for count := 0; count < bundle.W; count++ {
			if len(content) < 2 || len(content)-2 < int(binary.BigEndian.Uint16(content)) {
				return nil, fmt.Errorf("%s ends within an entry", path(bundle))
			}
			end := 2 + int(binary.BigEndian.Uint16(content))
			leaves = append(leaves, tlog.RecordHash(content[2:end]))
			content = content[end:]
		}
		if len(content) != 0 {
			return nil, fmt.Errorf("%s has bytes after its last entry", path(bundle))
		}
	}
	return leaves, nil
}

// compare reads the hash of every leaf out of the tiles, which are authenticated by the signed root on the way.
func compare(hashes tlog.HashReader, leaves []tlog.Hash) error {
	indexes := make([]int64, len(leaves))
	for index := range leaves {
		indexes[index] = tlog.StoredHashIndex(0, int64(index))
	}
	stored, err := hashes.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for index, leaf := range leaves {
		if stored[index] != leaf {
			return fmt.Errorf("leaf %d mismatch: the tile and the entry differ", index)
		}
	}
	return nil
}

// include makes and checks inclusion proofs where trees of other shapes meet.
func include(tree tlog.Tree, hashes tlog.HashReader, leaves []tlog.Hash) (int, error) {
	count := 0
	for _, index := range []int64{0, 1, 2, 254, 255, 256, 257, 65535, 65536, tree.N / 2, tree.N - 2, tree.N - 1} {
		if index < 0 || index >= tree.N {
			continue
		}
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err != nil {
			return count, err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[index]); err != nil {
			return count, fmt.Errorf("leaf %d: %w", index, err)
		}
		count++
	}
	return count, nil
}

// grew makes and checks the proof that the tree begins with that of an older checkpoint.
func grew(key note.Verifier, tree tlog.Tree, hashes tlog.HashReader, path string) error {
	old, err := openFile(key, path)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

// checkReceipt verifies a tlog-proof whose extra line carries its leaf.
func checkReceipt(key note.Verifier, path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, signed, found := bytes.Cut(raw, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("this is no tlog-proof")
	}
	leaf, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	proof, err := parse(lines[3:])
	if err != nil {
		return err
	}
	tree, err := open(key, signed)
	if err != nil {
		return err
	}
	if index < 0 || index >= tree.N {
		return fmt.Errorf("the log of %d leaves has no leaf %d", tree.N, index)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
		return err
	}
	fmt.Printf("OK %s leaf %d of %d\n", key.Name(), index, tree.N)
	return nil
}

// checkGrowth verifies a consistency proof: a file of one hash a line.
func checkGrowth(key note.Verifier, older, newer, path string) error {
	old, err := openFile(key, older)
	if err != nil {
		return err
	}
	tree, err := openFile(key, newer)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	proof, err := parse(strings.Fields(string(raw)))
	if err != nil {
		return err
	}
	if old.N < 1 || old.N > tree.N {
		return fmt.Errorf("a log of %d leaves does not grow to %d", old.N, tree.N)
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return err
	}
	fmt.Printf("OK %s grew from %d to %d\n", key.Name(), old.N, tree.N)
	return nil
}

func openFile(key note.Verifier, path string) (tlog.Tree, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	return open(key, raw)
}

func parse(lines []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		found = append(found, hash)
	}
	return found, nil
}

// path is that of C2SP tlog-tiles, which leaves the height out and calls the data entries.
func path(tile tlog.Tile) string {
	rest := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return "tile/" + strings.Replace(rest, "data/", "entries/", 1)
}

type reading func(path string) ([]byte, error)

// source reads the files of a log from a folder or over HTTP.
func source(root string) reading {
	if !strings.HasPrefix(root, "http://") {
		return func(path string) ([]byte, error) {
			return os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
		}
	}
	return func(path string) ([]byte, error) {
		answer, err := http.Get(strings.TrimSuffix(root, "/") + "/" + path)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %s", path, answer.Status)
		}
		return io.ReadAll(answer.Body)
	}
}

// tiles is what x/mod reads tiles through.
type tiles reading

func (read tiles) Height() int { return height }

func (read tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	contents := make([][]byte, len(wanted))
	for index, tile := range wanted {
		content, err := read(path(tile))
		if err != nil {
			return nil, err
		}
		contents[index] = content
	}
	return contents, nil
}

func (read tiles) SaveTiles([]tlog.Tile, [][]byte) {}
