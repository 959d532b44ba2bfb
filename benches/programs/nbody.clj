;; Idiomatic Clojure for this program is a mutable type with primitive fields.
(set! *unchecked-math* true)
(definterface IBody
  (^double gx []) (^double gy []) (^double gz []) (^double gvx []) (^double gvy []) (^double gvz []) (^double gm [])
  (^void kick [^double a ^double b ^double c]) (^void move [^double dt]))
(deftype Body [^:unsynchronized-mutable ^double x ^:unsynchronized-mutable ^double y ^:unsynchronized-mutable ^double z
               ^:unsynchronized-mutable ^double vx ^:unsynchronized-mutable ^double vy ^:unsynchronized-mutable ^double vz ^double m]
  IBody
  (gx [_] x) (gy [_] y) (gz [_] z) (gvx [_] vx) (gvy [_] vy) (gvz [_] vz) (gm [_] m)
  (kick [_ a b c] (set! vx (+ vx a)) (set! vy (+ vy b)) (set! vz (+ vz c)))
  (move [_ dt] (set! x (+ x (* dt vx))) (set! y (+ y (* dt vy))) (set! z (+ z (* dt vz)))))
(def PI 3.141592653589793)
(def SM (* 4 PI PI))
(def D 365.24)
(defn advance [^objects bs ^long n ^double dt]
  (dotimes [i n]
    (let [^Body b (aget bs i)]
      (loop [j (inc i)]
        (when (< j n)
          (let [^Body c (aget bs j)
                dx (- (.gx b) (.gx c)) dy (- (.gy b) (.gy c)) dz (- (.gz b) (.gz c))
                d2 (+ (* dx dx) (* dy dy) (* dz dz))
                mag (/ dt (* d2 (Math/sqrt d2)))
                p (* -1.0 (.gm c) mag) q (* (.gm b) mag)]
            (.kick b (* dx p) (* dy p) (* dz p))
            (.kick c (* dx q) (* dy q) (* dz q)))
          (recur (inc j))))))
  (dotimes [i n] (.move ^Body (aget bs i) dt)))
(defn energy ^double [^objects bs ^long n]
  (loop [i 0 e 0.0]
    (if (< i n)
      (let [^Body b (aget bs i)
            e (+ e (* 0.5 (.gm b) (+ (* (.gvx b) (.gvx b)) (* (.gvy b) (.gvy b)) (* (.gvz b) (.gvz b)))))]
        (recur (inc i)
               (double (loop [j (inc i) e e]
                 (if (< j n)
                   (let [^Body c (aget bs j)
                         dx (- (.gx b) (.gx c)) dy (- (.gy b) (.gy c)) dz (- (.gz b) (.gz c))]
                     (recur (inc j) (- e (/ (* (.gm b) (.gm c)) (Math/sqrt (+ (* dx dx) (* dy dy) (* dz dz)))))))
                   e)))))
      e)))
(defn main []
  (let [bs (object-array
            [(Body. 0 0 0 0 0 0 SM)
             (Body. 4.84143144246472090 -1.16032004402742839 -0.103622044471123109 (* 0.00166007664274403694 D) (* 0.00769901118419740425 D) (* -0.0000690460016972063023 D) (* 0.000954791938424326609 SM))
             (Body. 8.34336671824457987 4.12479856412430479 -0.403523417114321381 (* -0.00276742510726411 D) (* 0.00499852801234917238 D) (* 0.0000230417297573763929 D) (* 0.000285885980666130812 SM))
             (Body. 12.8943695621391310 -15.1111514016986312 -0.223307578892655734 (* 0.00296460137564761618 D) (* 0.00237847173959480950 D) (* -0.0000296589568540237556 D) (* 0.0000436624404335156298 SM))
             (Body. 15.3796971148509165 -25.9193146099879641 0.179258772950371181 (* 0.00268067772490389322 D) (* 0.00162824170038242295 D) (* -0.0000951592254519715870 D) (* 0.0000515138902046611451 SM))])]
    (dotimes [_ 500000] (advance bs 5 0.001))
    (format "%.9f" (energy bs 5))))
(println (main))
