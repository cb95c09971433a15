package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// changedPersonRow is a person who was read beside what is known of them.
type changedPersonRow struct {
	RemoteID  provider.UserID
	UnionID   provider.UnionID
	Name      string
	Mobile    string
	Email     string
	JobNumber string
	Title     string
	AvatarURL string
	Hash      string
	ManagerID provider.UserID
	// ManagerKnown is false when the office app has not told.
	ManagerKnown bool
	Places       string

	Known      bool
	MUnionID   provider.UnionID
	MName      string
	MMobile    string
	MEmail     string
	MJobNumber string
	MTitle     string
	MAvatarURL string
	MHash      string
	MManagerID provider.UserID
	MPlaces    string
	MLocalID   string
	MAccount   string
	MOwned     bool
	MGone      bool
	MLeaving   bun.NullTime

	BoundTo string
	Bound   bool
}

// ChangedPeople implements dirsync.PlanStore.
func (s *Store) ChangedPeople(
	ctx context.Context, c dirsync.Claim, after provider.UserID, window int,
) (list []dirsync.ChangedPerson, last provider.UserID, err error) {
	list, last, err = s.window(ctx, c, after, window)
	if err == nil {
		err = storeError(s.addUnionBindings(ctx, c, list))
	}
	if err != nil {
		return nil, "", fmt.Errorf("bunstore: changed people: %w", err)
	}
	return list, last, nil
}

func (s *Store) window(
	ctx context.Context, c dirsync.Claim, after provider.UserID, window int,
) ([]dirsync.ChangedPerson, provider.UserID, error) {
	unknown, err := s.knowsNobody(ctx, c.Run.Directory())
	if err != nil {
		return nil, "", storeError(err)
	}
	if unknown {
		list, last, err := s.newPeople(ctx, c, after, window)
		return list, last, storeError(err)
	}
	rows, err := s.changedPeople(ctx, c, after, window)
	if err != nil {
		return nil, "", storeError(err)
	}
	var last provider.UserID
	if len(rows) == window { // all of the window, as in a first pull
		last = rows[window-1].RemoteID
	} else if last, err = s.windowEnd(ctx, c, after, window); err != nil {
		return nil, "", storeError(err)
	}
	list := make([]dirsync.ChangedPerson, len(rows))
	for i := range rows {
		if list[i], err = rows[i].person(); err != nil {
			return nil, "", err
		}
	}
	return list, last, nil
}

// withoutNestedLoops runs reads that join large tables about which PostgreSQL
// may have no statistics yet: right after a first pull it takes them for tiny
// and would compare everybody with everybody.
func (s *Store) withoutNestedLoops(ctx context.Context, fn func(ctx context.Context) error) error {
	if !s.postgres() {
		return fn(ctx)
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.idb(ctx).ExecContext(ctx, "SET LOCAL enable_nestloop = off"); err != nil {
			return storeError(err)
		}
		return fn(ctx)
	})
}

// planning runs reads of a plan. Those of a full run are withoutNestedLoops;
// an incremental one looks at a few people, each by their key.
func (s *Store) planning(ctx context.Context, c dirsync.Claim, fn func(ctx context.Context) error) error {
	if c.Run.Mode == dirsync.Incremental {
		return fn(ctx)
	}
	return s.withoutNestedLoops(ctx, fn)
}

// windowEnd returns the last person of a window, "" when it is the last one.
func (s *Store) windowEnd(ctx context.Context, c dirsync.Claim, after provider.UserID, window int) (provider.UserID, error) {
	var last provider.UserID
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_staged_people").Column("remote_id").
		Where("tenant_id = ? AND run_id = ? AND remote_id > ?", c.Run.Tenant, c.Run.ID, after).
		OrderExpr("remote_id").Limit(1).Offset(int64(window)-1).Scan(ctx, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return last, err
}

// changedPeople compares a window of people. What is known of each is looked up
// by their whole key: those of a window may lie far apart, with the whole
// company between them.
func (s *Store) changedPeople(
	ctx context.Context, c dirsync.Claim, after provider.UserID, window int,
) ([]changedPersonRow, error) {
	dir := c.Run.Directory()
	rows := make([]changedPersonRow, 0, window)
	err := s.idb(ctx).NewRaw(`SELECT * FROM (
		SELECT s.remote_id, s.union_id, s.name, s.mobile, s.email, s.job_number, s.title, s.avatar_url, s.hash,
			s.manager_id, s.manager_known,
			COALESCE((SELECT `+s.placesText("p")+` FROM (?) AS p), '') AS places,
			m.remote_id IS NOT NULL AS known, COALESCE(m.hash, '') AS m_hash,
			`+coalesced("m", "m_", "union_id", "name", "mobile", "email", "job_number", "title", "avatar_url",
		"manager_id", "places", "local_id", "account")+`,
			COALESCE(m.owned, FALSE) AS m_owned, COALESCE(m.gone, FALSE) AS m_gone, m.leaving_since AS m_leaving,
			COALESCE(b.person_id, '') AS bound_to, COALESCE(b.active, FALSE) AS bound
		FROM (SELECT * FROM thirdapp_sync_staged_people WHERE tenant_id = ? AND run_id = ? AND remote_id > ?
			ORDER BY remote_id LIMIT ?) AS s ? ?) AS p
		WHERE NOT known OR m_gone OR m_leaving IS NOT NULL OR m_hash <> hash
			OR manager_known AND m_manager_id <> manager_id OR m_places <> places OR NOT bound OR bound_to <> m_local_id
		ORDER BY remote_id`,
		allPlaces(c), c.Run.Tenant, c.Run.ID, after, window,
		s.lookUp(dir, "m", "thirdapp_sync_people", "remote_id", "s.remote_id"),
		s.lookUp(dir, "b", "thirdapp_bindings", "provider_user_id", "s.remote_id")).Scan(ctx, &rows)
	return rows, err
}

// lookUp joins the row that a table of a directory has with a key of that value,
// if any, looked up for each row before it. PostgreSQL would rather read all of a table about
// which it has no statistics yet, as after a first pull; OFFSET 0 keeps it from
// that. It would also take any index that begins with the directory for as good
// as the key: in the bindings it is thirdapp_bindings_member, which begins with
// nothing else, that has it look up one row. SQLite looks up whatever has a key.
func (s *Store) lookUp(dir dirsync.Directory, alias, table, key, value string) schema.QueryAppender {
	join := "LEFT JOIN ?1 AS ?0 ON ?0.tenant_id = ?4 AND ?0.provider = ?5 AND ?0.org_id = ?6 AND ?0.?2 = ?3"
	if s.postgres() {
		join = "LEFT JOIN LATERAL (SELECT * FROM ?1" +
			" WHERE tenant_id = ?4 AND provider = ?5 AND org_id = ?6 AND ?2 = ?3 OFFSET 0) AS ?0 ON TRUE"
	}
	return bun.SafeQuery(join, bun.Ident(alias), bun.Ident(table), bun.Ident(key), bun.Ident(value), dir.Tenant, dir.Provider, dir.OrgID)
}

// coalesced selects text columns of a left join, "" for NULL, under their names
// with a prefix.
func coalesced(table, prefix string, columns ...string) string {
	list := ""
	for i, c := range columns {
		if i > 0 {
			list += ", "
		}
		list += fmt.Sprintf("COALESCE(%[1]s.%[2]s, '') AS %[3]s%[2]s", table, c, prefix)
	}
	return list
}

func (r *changedPersonRow) person() (dirsync.ChangedPerson, error) {
	p := dirsync.ChangedPerson{
		Person: dirsync.StagedPerson{
			ID: r.RemoteID, UnionID: r.UnionID, Name: r.Name, Mobile: r.Mobile, Email: r.Email,
			JobNumber: r.JobNumber, Title: r.Title, AvatarURL: r.AvatarURL, Hash: r.Hash,
			ManagerID: r.ManagerID, ManagerKnown: r.ManagerKnown,
		},
		BoundTo: r.BoundTo,
	}
	if r.BoundTo != "" {
		p.Holder = dirsync.Holder{UserID: r.RemoteID, Active: r.Bound, Read: true}
	}
	var err error
	if p.Places, err = parsePlaces(r.RemoteID, r.Places); err != nil || !r.Known {
		return p, err
	}
	p.Mirror = &dirsync.MirrorPerson{
		StagedPerson: dirsync.StagedPerson{
			ID: r.RemoteID, UnionID: r.MUnionID, Name: r.MName, Mobile: r.MMobile, Email: r.MEmail,
			JobNumber: r.MJobNumber, Title: r.MTitle, AvatarURL: r.MAvatarURL,
			ManagerID: r.MManagerID,
		},
		LocalID: r.MLocalID, Account: r.MAccount, Owned: r.MOwned, Gone: r.MGone, LeavingSince: timeOf(r.MLeaving),
	}
	p.Mirror.Places, err = parsePlaces(r.RemoteID, r.MPlaces)
	return p, err
}

// unionBinding is who a union id is bound to.
type unionBinding struct {
	UnionID  provider.UnionID
	UserID   provider.UserID
	PersonID string
	Active   bool
	Read     bool
}

// addUnionBindings fills in the bindings of people who have one by union id
// only, under another user id.
func (s *Store) addUnionBindings(ctx context.Context, c dirsync.Claim, list []dirsync.ChangedPerson) error {
	var unions []provider.UnionID
	for i := range list {
		if list[i].BoundTo == "" && list[i].Person.UnionID != "" {
			unions = append(unions, list[i].Person.UnionID)
		}
	}
	if len(unions) == 0 {
		return nil
	}
	bound, err := s.unionBindings(ctx, c, unions)
	if err != nil {
		return err
	}
	for i := range list {
		p := &list[i]
		if b, ok := bound[p.Person.UnionID]; ok && p.BoundTo == "" {
			p.BoundTo, p.Holder = b.PersonID, dirsync.Holder{UserID: b.UserID, Active: b.Active, Read: b.Read}
		}
	}
	return nil
}

// unionBindings returns the bindings of union ids; of several of one, an active
// one.
func (s *Store) unionBindings(
	ctx context.Context, c dirsync.Claim, unions []provider.UnionID,
) (map[provider.UnionID]unionBinding, error) {
	dir := c.Run.Directory()
	some, err := s.idb(ctx).NewSelect().Table("thirdapp_bindings").
		Where("tenant_id = ? AND provider = ? AND org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).Exists(ctx)
	if err != nil || !some {
		return nil, err
	}
	compared, err := s.compared(ctx, c)
	if err != nil {
		return nil, err
	}
	var rows []unionBinding
	err = s.idb(ctx).NewSelect().TableExpr("thirdapp_bindings AS b").
		ColumnExpr("b.union_id, b.provider_user_id AS user_id, b.person_id, b.active").
		ColumnExpr("? AS read", wasRead(c, "b.provider_user_id", compared)).
		Where("b.tenant_id = ? AND b.provider = ? AND b.org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
		Where("b.union_id IN (?)", bun.List(unions)).
		OrderExpr("b.active DESC, b.provider_user_id").Scan(ctx, &rows)
	bound := make(map[provider.UnionID]unionBinding, len(rows))
	for _, r := range rows {
		if _, ok := bound[r.UnionID]; !ok {
			bound[r.UnionID] = r
		}
	}
	return bound, err
}

// Holders implements dirsync.PlanStore.
func (s *Store) Holders(ctx context.Context, c dirsync.Claim, localIDs []string) (map[string]dirsync.Holder, error) {
	if len(localIDs) == 0 {
		return nil, nil
	}
	compared, err := s.compared(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("bunstore: holders: %w", storeError(err))
	}
	dir := c.Run.Directory()
	var rows []struct {
		PersonID string
		UserID   provider.UserID
		UnionID  provider.UnionID
		Active   bool
		Read     bool
	}
	err = s.idb(ctx).NewSelect().TableExpr("thirdapp_bindings AS b").
		ColumnExpr("b.person_id, b.provider_user_id AS user_id, b.union_id, b.active").
		ColumnExpr("? AS read", wasRead(c, "b.provider_user_id", compared)).
		Where("b.tenant_id = ? AND b.provider = ? AND b.org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
		Where("b.person_id IN (?)", bun.List(localIDs)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: holders: %w", storeError(err))
	}
	var unread []provider.UnionID
	for _, r := range rows {
		if !r.Read && r.UnionID != "" {
			unread = append(unread, r.UnionID)
		}
	}
	anew, err := s.stagedUnions(ctx, c, unread)
	if err != nil {
		return nil, fmt.Errorf("bunstore: holders: %w", err)
	}
	holders := make(map[string]dirsync.Holder, len(rows))
	for _, r := range rows {
		holders[r.PersonID] = dirsync.Holder{
			UserID: r.UserID, UnionID: r.UnionID, Active: r.Active, Read: r.Read || anew[r.UnionID],
		}
	}
	return holders, nil
}

// stagedUnions returns those of the union ids that people in the staging rows
// have. Whoever has another user id than the mirror knows is in them.
func (s *Store) stagedUnions(
	ctx context.Context, c dirsync.Claim, unions []provider.UnionID,
) (map[provider.UnionID]bool, error) {
	if len(unions) == 0 {
		return nil, nil
	}
	var staged []provider.UnionID
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_staged_people").Column("union_id").
		Where("tenant_id = ? AND run_id = ?", c.Run.Tenant, c.Run.ID).
		Where("union_id IN (?)", bun.List(unions)).Scan(ctx, &staged)
	if err != nil {
		return nil, storeError(err)
	}
	found := make(map[provider.UnionID]bool, len(staged))
	for _, id := range staged {
		found[id] = true
	}
	return found, nil
}
